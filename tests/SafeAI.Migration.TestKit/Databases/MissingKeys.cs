namespace SafeAI.Migration.TestKit.Databases;

/// <summary>
/// A sample database whose rows lack values of their primary keys, as SQLite allows: of single and of composite keys, in tables that are
/// referred to by other keys, in a table that joins others, and beside a key that every row has. Made for the tests.
/// </summary>
public static class MissingKeys
{
    /// <summary>The tables and their rows, as SQLite takes them.</summary>
    public const string Script = """
        CREATE TABLE team (code TEXT PRIMARY KEY, "na{me}" TEXT, town TEXT, no INTEGER, parent TEXT REFERENCES team (code), rival TEXT REFERENCES team ("na{me}"), twin TEXT, twin_no INTEGER,
            UNIQUE ("na{me}"), UNIQUE (town, no), FOREIGN KEY (twin, twin_no) REFERENCES team (town, no));
        CREATE TABLE place (x TEXT, y TEXT, note TEXT, PRIMARY KEY (x, y));
        CREATE TABLE person (id INTEGER PRIMARY KEY);
        CREATE TABLE member (team TEXT REFERENCES team (code), person INTEGER REFERENCES person (id), PRIMARY KEY (team, person));
        CREATE TABLE ticket (id INT PRIMARY KEY, serial TEXT NOT NULL UNIQUE, follows INT REFERENCES ticket (id));
        CREATE TABLE whole (code TEXT PRIMARY KEY);
        INSERT INTO team VALUES('a','A','t',1,NULL,NULL,NULL,NULL);
        INSERT INTO team VALUES(NULL,'B','t',2,'a','A','t',1);
        INSERT INTO team VALUES(NULL,'C',NULL,3,NULL,'B','t',2);
        INSERT INTO team VALUES(NULL,NULL,'t',4,'a','C','t',4);
        INSERT INTO team VALUES(NULL,NULL,NULL,NULL,NULL,NULL,'t',4);
        INSERT INTO team VALUES('','','',0,NULL,'','',0);
        INSERT INTO team VALUES(NULL,NULL,NULL,NULL,'',NULL,NULL,NULL);
        INSERT INTO place VALUES('1',NULL,'p');
        INSERT INTO place VALUES('1',NULL,'p');
        INSERT INTO place VALUES(NULL,'1',NULL);
        INSERT INTO place VALUES('1','1',NULL);
        INSERT INTO place VALUES(NULL,NULL,NULL);
        INSERT INTO person VALUES(1);
        INSERT INTO member VALUES('a',1);
        INSERT INTO member VALUES(NULL,1);
        INSERT INTO member VALUES('a',NULL);
        INSERT INTO ticket VALUES(1,'s1',NULL);
        INSERT INTO ticket VALUES(NULL,'s2',1);
        INSERT INTO ticket VALUES(NULL,'s3',1);
        INSERT INTO whole VALUES('x');
        """;

    /// <summary>Rows of all tables; the one that joins others makes nodes, as some of its rows join nothing.</summary>
    public const int Nodes = 7 + 5 + 1 + 3 + 3 + 1;

    /// <summary>Foreign keys of all rows that are not null.</summary>
    public const int Relationships = (3 + 4 + 5) + (2 + 2) + 2;
}
