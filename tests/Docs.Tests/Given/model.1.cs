// the page
;

public interface ILockBox;

public interface ISomeService;
