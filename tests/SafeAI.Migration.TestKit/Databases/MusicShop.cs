namespace SafeAI.Migration.TestKit.Databases;

/// <summary>
/// A sample database of a music shop: eleven tables with a composite key that is referred to, a self reference, and join tables with
/// and without columns of their own. Made for the tests.
/// </summary>
public static class MusicShop
{
    /// <summary>How many tables there are; two of them only join others.</summary>
    public const int Tables = 11;

    /// <summary>The tables and their rows, as PostgreSQL and SQLite both take them.</summary>
    public const string Script = """
        CREATE TABLE artist (artist_id integer PRIMARY KEY, name varchar(120) NOT NULL, born date);
        CREATE TABLE album (album_id integer PRIMARY KEY, title varchar(160) NOT NULL, artist_id integer NOT NULL REFERENCES artist (artist_id));
        CREATE TABLE genre (code varchar(10) PRIMARY KEY, name varchar(120));
        CREATE TABLE track (id integer PRIMARY KEY, name varchar(200) NOT NULL, album_id integer REFERENCES album (album_id), genre varchar(10) REFERENCES genre (code), unit_price numeric(10,2) NOT NULL, milliseconds bigint);
        CREATE TABLE playlist (playlist_id integer PRIMARY KEY, name varchar(120));
        CREATE TABLE playlist_track (playlist_id integer NOT NULL REFERENCES playlist (playlist_id), track_id integer NOT NULL REFERENCES track (id), added_on date, PRIMARY KEY (playlist_id, track_id));
        CREATE TABLE employee (employee_id integer PRIMARY KEY, last_name varchar(20) NOT NULL, reports_to integer REFERENCES employee (employee_id));
        CREATE TABLE customer (customer_id integer PRIMARY KEY, email varchar(60) NOT NULL UNIQUE, support_rep_id integer REFERENCES employee (employee_id));
        CREATE TABLE invoice (shop varchar(10) NOT NULL, number integer NOT NULL, customer_id integer NOT NULL REFERENCES customer (customer_id), total numeric(10,2), PRIMARY KEY (shop, number));
        CREATE TABLE invoice_line (invoice_line_id integer PRIMARY KEY, invoice_shop varchar(10), invoice_number integer, track_id integer NOT NULL REFERENCES track (id), quantity integer NOT NULL, FOREIGN KEY (invoice_shop, invoice_number) REFERENCES invoice (shop, number));
        CREATE TABLE artist_genre (artist_id integer NOT NULL REFERENCES artist (artist_id), genre varchar(10) NOT NULL REFERENCES genre (code), PRIMARY KEY (artist_id, genre));
        INSERT INTO artist VALUES (1, 'Zoë & the Null', '1990-02-28'), (2, 'O''Brien', NULL), (3, 'Ł:ódź 100%', '2000-02-29');
        INSERT INTO album VALUES (1, 'First', 1), (2, 'Second', 1), (3, 'Third', 3);
        INSERT INTO genre VALUES ('rock', 'Rock'), ('a:b', 'Colon'), ('a%3Ab', 'Percent');
        INSERT INTO track VALUES (1, 'One', 1, 'rock', 0.99, 9007199254740993), (2, 'Two', NULL, 'a:b', 1.50, NULL), (3, 'Three', 3, NULL, 0.10, 1), (4, 'Four', 3, 'a%3Ab', 12345678.90, 0);
        INSERT INTO playlist VALUES (1, 'All'), (2, NULL);
        INSERT INTO playlist_track VALUES (1, 1, '2024-02-29'), (1, 2, NULL), (2, 1, '2024-01-01');
        INSERT INTO employee VALUES (1, 'Boss', NULL), (2, 'Aide', 1), (3, 'Loop', 3);
        INSERT INTO customer VALUES (1, 'a@example.com', 2), (2, 'b@example.com', NULL);
        INSERT INTO invoice VALUES ('x', 1, 1, 3.50), ('x:1', 1, 1, NULL), ('x', 11, 2, 0);
        INSERT INTO invoice_line VALUES (1, 'x', 1, 1, 1), (2, 'x:1', 1, 2, 5), (3, NULL, NULL, 3, 1), (4, 'x', NULL, 4, 1);
        INSERT INTO artist_genre VALUES (1, 'rock'), (1, 'a:b'), (3, 'a%3Ab');
        """;

    /// <summary>Rows of the tables that do not only join others.</summary>
    public const int Nodes = 3 + 3 + 3 + 4 + 2 + 3 + 2 + 3 + 4;

    /// <summary>Foreign keys of all rows that are not null, a joining row counted once.</summary>
    public const int Relationships = 3 + (3 + 3) + 3 + 2 + 1 + 3 + (2 + 4) + 3;
}
