// the page

public interface IChatClient;
