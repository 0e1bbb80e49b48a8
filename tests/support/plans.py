"""How a database would find what a statement asks for."""

from sqlalchemy.orm import Session


def plan_of(session: Session, statement: str, values: object) -> str:
    """The plan in the database's own words; reading a whole table comes last, however small it is in a test."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
        return "\n".join(row[3] for row in rows)
    connection.exec_driver_sql("SET LOCAL enable_seqscan TO off")
    return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))  # type: ignore[arg-type]
