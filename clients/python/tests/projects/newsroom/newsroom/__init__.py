"""A site that announces news and lets its readers talk."""

try:
    import pymysql
except ImportError:
    pass
else:
    pymysql.install_as_MySQLdb()
