"""The ledger's accounts. What comes from Go: Database, UnitOfWork, Fees and Settings."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Protocol

from spikard import Body, HTTPException, Provide, Request, Spikard

app = Spikard()
log = logging.getLogger("ledger")

Account = Annotated[str, Body(pattern="^[a-z]{1,20}$")]
Values = list[str | int]


@dataclass
class Settings:
    bank: str  # the account that fees go to
    tariffs: dict[str, int]  # what a transfer costs, in thousandths


class Database(Protocol):
    async def number(self, sql: str, args: Values) -> int | None: ...


class UnitOfWork(Database, Protocol):
    """The request's transaction: committed if the request goes well, else rolled back."""

    async def execute(self, sql: str, args: Values) -> int: ...


class Fees(Protocol):
    def of(self, cents: int) -> int: ...


class FeePolicy:
    """Who pays by which tariff. Go's Fees asks it."""

    def __init__(self, settings: Settings, request: Request) -> None:
        self.tariffs = settings.tariffs
        self.tariff = request.headers.get("x-tariff", "standard")

    def permille(self) -> int:
        return self.tariffs.get(self.tariff, self.tariffs["standard"])


app.provide(FeePolicy)


async def balance(db: Database, account: str) -> int:
    cents = await db.number(
        "SELECT coalesce(sum(cents), 0) FROM accounts LEFT JOIN entries ON account = id "
        "WHERE id = ? GROUP BY id",
        [account],
    )
    if cents is None:
        raise HTTPException(404, f"There is no account {account}")
    return cents


class Accounts:
    """The accounts as one request sees and changes them."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow

    async def book(self, account: str, cents: int) -> int:
        """Gives what the account then holds."""
        await self.uow.execute("INSERT INTO entries VALUES (?, ?)", [account, cents])
        return await balance(self.uow, account)

    async def close(self, account: str) -> None:
        if await self.uow.execute("DELETE FROM accounts WHERE id = ?", [account]) == 0:
            raise HTTPException(404, f"There is no account {account}")


app.provide(Accounts)


class Audit:
    """What a request has done."""

    def __init__(self) -> None:
        self.lines: list[str] = []


async def open_audit(request: Request, uow: UnitOfWork) -> AsyncIterator[Audit]:
    """Writes the lines down in the transaction that they tell of, just before its commit."""
    log.info("%s opened", request.path)
    audit = Audit()
    try:
        yield audit
        for line in audit.lines:
            await uow.execute("INSERT INTO audit VALUES (?)", [line])
    except BaseException as failure:
        log.info("%s closed, failed: %s", request.path, failure)
        raise
    log.info("%s closed", request.path)


app.provide(Audit, Provide(open_audit))


@dataclass
class Transfer:
    payer: Account
    payee: Account
    cents: Annotated[int, Body(gt=0, le=1_000_000_000)]


@dataclass
class Receipt:
    fee: int
    left: int


@app.post("/transfers", status_code=201)
async def transfer(
    order: Transfer, accounts: Accounts, fees: Fees, settings: Settings, audit: Audit
) -> Receipt:
    """Whatever is refused on the way: the entries before it are rolled back."""
    fee = fees.of(order.cents)
    left = await accounts.book(order.payer, -order.cents - fee)
    if left < 0:
        raise HTTPException(409, f"{order.payer} is {-left} cents short")
    await accounts.book(order.payee, order.cents)
    await accounts.book(settings.bank, fee)
    audit.lines.append(f"{order.payer} paid {order.payee} {order.cents}")
    return Receipt(fee, left)


@app.get("/accounts/{account}")
async def get_balance(account: str, db: Annotated[Database, "reader"]) -> dict[str, str | int]:
    return {"account": account, "cents": await balance(db, account)}


@app.delete("/accounts/{account}", status_code=204)
async def close_account(account: str, accounts: Accounts, audit: Audit) -> None:
    """An account with entries can't go: only the commit finds out, and refuses."""
    await accounts.close(account)
    audit.lines.append(f"{account} closed")
