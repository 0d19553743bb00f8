namespace SafeAI.Migration.TestKit.Databases;

/// <summary>
/// Sample databases with odd tables: empty texts and separators in keys, names with spaces, quotes and reserved words, tables of one
/// name in two schemas, tables without a key, rows or columns, generated columns, partitions, inheritance and views. Made for the tests.
/// </summary>
public static class OddTables
{
    /// <summary>What both PostgreSQL and SQLite take.</summary>
    public const string Script = """
        CREATE TABLE item (code varchar(10) PRIMARY KEY, parent varchar(10) REFERENCES item (code));
        CREATE TABLE "Order" ("Order" varchar(10) NOT NULL, "select" integer NOT NULL, "a""b" text, "x:y" integer GENERATED ALWAYS AS ("select" * 2) STORED, PRIMARY KEY ("Order", "select"));
        CREATE TABLE "order line" (id integer PRIMARY KEY, "Order" varchar(10), "select" integer, "{from}" varchar(10) REFERENCES item (code), "to" varchar(10) REFERENCES item (code),
            FOREIGN KEY ("Order", "select") REFERENCES "Order" ("Order", "select"));
        CREATE TABLE nokey (a integer, b text);
        CREATE TABLE norows (id integer PRIMARY KEY, item varchar(10) REFERENCES item (code));
        CREATE VIEW items AS SELECT * FROM item;
        INSERT INTO item VALUES ('', NULL), ('a:b', ''), ('a', 'a:b'), ('A', NULL), (' ', 'A');
        INSERT INTO "Order" ("Order", "select", "a""b") VALUES ('', 1, 'q'), (':', 1, NULL), ('%3A', 1, ''), ('%', 1, NULL);
        INSERT INTO "order line" VALUES (1, '', 1, '', 'a'), (2, ':', 1, NULL, ''), (3, '', NULL, NULL, NULL), (4, NULL, 1, 'A', ' '), (5, '%3A', 1, NULL, NULL);
        INSERT INTO nokey VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
        """;

    /// <summary>What only PostgreSQL takes, after <see cref="Script"/>.</summary>
    public const string PostgreSqlScript = """
        CREATE SCHEMA "My Shop";
        CREATE TABLE "My Shop".item (code varchar(10) PRIMARY KEY, twin varchar(10) REFERENCES public.item (code), other varchar(10) REFERENCES public.item (code));
        CREATE TABLE "My Shop".note (id integer PRIMARY KEY, item varchar(10) REFERENCES "My Shop".item (code));
        CREATE TABLE nocolumns ();
        CREATE TABLE events (day date NOT NULL, id integer NOT NULL, item varchar(10) REFERENCES item (code), PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
        CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
        CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
        CREATE TABLE base (id integer PRIMARY KEY, v text);
        CREATE TABLE child (w text) INHERITS (base);
        INSERT INTO "My Shop".item VALUES ('', 'a', ''), ('a', NULL, 'A');
        INSERT INTO "My Shop".note VALUES (1, ''), (2, 'a'), (3, NULL);
        INSERT INTO nocolumns DEFAULT VALUES;
        INSERT INTO nocolumns DEFAULT VALUES;
        INSERT INTO events VALUES ('2023-12-31', 1, ''), ('2024-02-29', 1, NULL), ('2024-03-01', 2, 'a');
        INSERT INTO base VALUES (1, 'b'), (2, NULL);
        INSERT INTO child VALUES (1, 'c', 'w'), (3, NULL, NULL);
        """;

    /// <summary>Rows of <see cref="Script"/>.</summary>
    public const int Nodes = 5 + 4 + 5 + 3;

    /// <summary>Foreign keys of <see cref="Script"/> that are not null.</summary>
    public const int Relationships = 3 + (3 + 2 + 3);

    /// <summary>Rows of both scripts.</summary>
    public const int PostgreSqlNodes = Nodes + 2 + 3 + 2 + 3 + 2 + 2;

    /// <summary>Foreign keys of both scripts that are not null.</summary>
    public const int PostgreSqlRelationships = Relationships + 3 + 2 + 2;
}
