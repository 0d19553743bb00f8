MATCH (n) RETURN m
MATCH (n)
MATCH (n) RETRUN n
UNWIND $rows AS row MERGE (n:X {id: row.id}) MATCH (m) RETURN m
MERGE (a)-[r]->(b)
RETURN $unknown AS value
