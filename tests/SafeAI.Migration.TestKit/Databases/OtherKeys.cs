namespace SafeAI.Migration.TestKit.Databases;

/// <summary>
/// A sample database whose foreign keys refer to other unique keys than the primary ones: single and composite, with nulls and empty
/// texts, from a table to itself, and from a joining table. Made for the tests.
/// </summary>
public static class OtherKeys
{
    /// <summary>The tables and their rows, as PostgreSQL and SQLite both take them.</summary>
    public const string Script = """
        CREATE TABLE country (country_id integer PRIMARY KEY, code varchar(3) NOT NULL UNIQUE, iso_number integer UNIQUE, neighbour varchar(3) REFERENCES country (code));
        CREATE TABLE shop (region varchar(10) NOT NULL, number integer NOT NULL, area varchar(10), label varchar(10), PRIMARY KEY (region, number), UNIQUE (label, area));
        CREATE TABLE "Bill {x}" (id integer PRIMARY KEY, country varchar(3) REFERENCES country (code), tax_country integer REFERENCES country (iso_number), home_country integer REFERENCES country (country_id),
            shop_area varchar(10), shop_label varchar(10), FOREIGN KEY (shop_area, shop_label) REFERENCES shop (area, label));
        CREATE TABLE country_shop (country varchar(3) NOT NULL REFERENCES country (code), area varchar(10) NOT NULL, label varchar(10) NOT NULL, since date,
            PRIMARY KEY (country, area, label), FOREIGN KEY (label, area) REFERENCES shop (label, area));
        INSERT INTO country VALUES (1, 'DE', 276, NULL), (2, '', NULL, 'DE'), (3, 'é:%', 0, 'é:%'), (4, 'FR', NULL, '');
        INSERT INTO shop VALUES ('n:1', 1, 'a', 'x'), ('n', 11, 'a', 'y'), ('n', 12, NULL, 'x'), ('n', 13, NULL, 'x'), ('s', 1, '', '');
        INSERT INTO "Bill {x}" VALUES (1, 'DE', 276, 4, 'a', 'x'), (2, '', 0, NULL, 'a', NULL), (3, 'é:%', NULL, 2, '', ''), (4, NULL, NULL, NULL, NULL, 'x'), (5, 'FR', 276, 1, 'a', 'y');
        INSERT INTO country_shop VALUES ('DE', 'a', 'x', '2024-02-29'), ('', 'a', 'x', NULL), ('DE', '', '', '2024-01-01');
        """;

    /// <summary>Rows of the tables that do not only join others.</summary>
    public const int Nodes = 4 + 5 + 5;

    /// <summary>Foreign keys of all rows that are not null, a joining row counted once.</summary>
    public const int Relationships = 3 + (4 + 3 + 3 + 3) + 3;
}
