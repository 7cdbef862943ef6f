"""SQLAlchemy's asyncio half, over whichever driver the URL names: greenlets."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from typing import Any

from spikard import HTTPException, Provide
from sqlalchemy import ForeignKey, func, select, text
from sqlalchemy.ext.asyncio import (
    AsyncAttrs,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from watch import Watch, watched, who

app = watched()
postgres = os.environ["DATABASE"].startswith("postgresql")


class Base(AsyncAttrs, DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list[Book]] = relationship(back_populates="shelf")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelf.id"))
    shelf: Mapped[Shelf] = relationship(back_populates="books")


async def open_engine(_: Watch) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(os.environ["DATABASE"], pool_size=5, max_overflow=0)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    sessions = async_sessionmaker(engine)
    async with sessions.begin() as session:
        session.add(Shelf(id=1, name="fiction", books=[Book(title="Piranesi")]))
    yield engine
    await engine.dispose()


async def open_session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """One for each request, and a transaction: an error rolls it back."""
    async with AsyncSession(engine) as session, session.begin():
        yield session


app.provide(AsyncEngine, Provide(open_engine, singleton=True))
app.provide(AsyncSession, Provide(open_session))


@app.get("/titles")
async def titles(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(Book.title).order_by(Book.id)))


@app.post("/titles/{title}", status_code=201)
async def add(title: str, session: AsyncSession, fail: bool = False) -> dict[str, Any]:
    book = Book(title=title, shelf_id=1)
    session.add(book)
    await session.flush()
    if fail:
        raise HTTPException(409, "on purpose")
    # Loaded when it is asked for, inside a greenlet.
    return {"title": book.title, "shelf": (await book.awaitable_attrs.shelf).name}


@app.get("/echo/{n:int}")
async def echo(n: int, session: AsyncSession) -> dict[str, int]:
    who.set(n)
    value = await session.scalar(select(func.abs(-n)))
    # What runs in the greenlet sees the request's context as well.
    seen = await session.run_sync(lambda _: who.get())
    return {"n": value or 0, "who": seen}


@app.get("/thread")
async def thread(session: AsyncSession) -> list[int]:
    """The threads of a handler and of its greenlet."""
    await session.execute(select(1))
    return [threading.get_ident(), await session.run_sync(lambda _: threading.get_ident())]


@app.get("/pool")
async def pool(engine: AsyncEngine) -> dict[str, int]:
    pool: Any = engine.pool
    return {"out": pool.checkedout(), "connections": pool.checkedin() + pool.checkedout()}


@app.get("/stuck")
async def stuck(session: AsyncSession, watch: Watch) -> None:
    with watch.inside():
        if postgres:
            await session.execute(text("select pg_sleep(3600)"))
        await session.execute(select(Book))
        await asyncio.Event().wait()


@app.get("/half/{title}")
async def half(title: str, session: AsyncSession, watch: Watch) -> None:
    """In the middle of a transaction that has changed something."""
    session.add(Book(title=title, shelf_id=1))
    await session.flush()
    with watch.inside():
        await asyncio.Event().wait()
