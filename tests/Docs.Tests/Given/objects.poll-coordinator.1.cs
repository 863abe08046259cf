using System.Xml.Linq;

// the page
