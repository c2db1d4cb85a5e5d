import pytest

from podium.adapters.storage.database import open_database
from podium.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("url", "driver", "place"),
    [
        ("sqlite:///a/podium.db", "sqlite+pysqlite", "The database file a/podium.db"),
        ("sqlite+aiosqlite:////podium.db", "sqlite+pysqlite", "The database file /podium.db"),
        (
            "postgres://ann:s3cret@db/podium",
            "postgresql+psycopg",
            "The PostgreSQL database 'podium' at db:5432",
        ),
        (
            "postgresql://db:1234/podium",
            "postgresql+psycopg",
            "The PostgreSQL database 'podium' at db:1234",
        ),
    ],
)
def test_both_databases_are_opened_without_touching_them(url: str, driver: str, place: str):
    database = open_database(url)
    assert (database.engine.url.drivername, database.place) == (driver, place)


@pytest.mark.parametrize("url", ["", "podium.db", "postgresql://ann:s3cret@db:port/x", "://"])
def test_a_url_that_cannot_be_read_is_invalid_and_not_repeated(url: str):
    with pytest.raises(Invalid, match="cannot be read") as caught:
        _ = open_database(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("driver", ["mysql", "oracle+oracledb", "sqlite+pysqlcipher"])
def test_other_databases_are_invalid(driver: str):
    with pytest.raises(
        Invalid, match="SQLite or PostgreSQL, not in '" + driver.replace("+", r"\+")
    ):
        _ = open_database(f"{driver}://ann:s3cret@db/podium")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///"])
def test_sqlite_without_a_file_is_invalid(url: str):
    with pytest.raises(Invalid, match="SQLite needs a file"):
        _ = open_database(url)
