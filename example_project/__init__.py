"""A newspaper that uses cms_news the way a project of your own would."""
