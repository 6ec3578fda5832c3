"""Sign-in (登录): from a user name and password, or a one-time code, to a person.

Job: count the try, look at the proof without holding a connection, demand the second factor, say the same to everybody.
Never: issue a token, or tell whether an account exists.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import sqlalchemy as sa

from server import journal
from server.access import SYSTEM
from server.db import db
from server.errors import Refusal
from server.http import transaction
from server.journal import Line
from server.people import codes, passwords, second_factor, tries
from server.people.models import Person
from server.people.refusals import WrongCredentials, WrongOldPassword, WrongSecondFactor


def normal(username: str) -> str:
    """Return a user name as the table holds it: width, case and blanks around it do not count."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def by_password(username: str, password: str, *, digits: str | None, address: str | None) -> Person:
    """Return who signs in by password, or for the first time by a code in its place.

    Raises:
        WrongCredentials: unknown, closed, or wrong: one answer, one duration.
        TooManyTries: the account or the address is locked for a while.
        SecondFactorNeeded, WrongSecondFactor: the password is right, the digits are missing or wrong.
    """
    name = normal(username)
    counted = tries.of_account(name, address)
    with passwords.turn():
        person, tally = _count(counted, lambda: db.session.scalar(sa.select(Person).where(Person.username == name)))
        known = person.password_hash if person and not person.disabled_at else None
        is_right = passwords.verify(known, password)
        if is_right:
            _forgive(counted)
    if person is None or person.disabled_at or not (is_right or _first_time(person, password, counted)):
        raise _leaving(WrongCredentials(), tally, address, person)
    _check_unchanged(person, known)
    _demand_second_factor(person, digits)
    if known and passwords.is_outdated(known):
        person.password_hash = passwords.hashed(password)
    return person


def prove_again(person: Person, password: str) -> None:
    """Make sure that who holds a token of ``person`` knows the password too; tries are counted like sign-ins.

    Raises:
        WrongOldPassword, TooManyTries.
    """
    counted = tries.of_account(person.username, None)
    with passwords.turn():
        _, tally = _count(counted, lambda: None)
        if not passwords.verify(person.password_hash, password):
            raise _leaving(WrongOldPassword(), tally, None, person)
        _forgive(counted)
    _check_unchanged(person, person.password_hash)


def by_code(code: str, *, digits: str | None, address: str | None) -> Person:
    """Return whose one-time code this is, and use it up; refuses like ``by_password``."""
    counted = tries.of_address(address)
    _, tally = _count(counted, lambda: None)
    owner = codes.redeem(code)
    person = db.session.get(Person, owner) if owner else None
    if person is None or person.disabled_at:
        raise _leaving(WrongCredentials(), tally, address, person)
    _demand_second_factor(person, digits)
    tries.forgive(counted)
    return person


def _demand_second_factor(person: Person, digits: str | None) -> None:
    """Ask for the digits where they are in use; a wrong guess is counted although all else is undone.

    Raises:
        SecondFactorNeeded, WrongSecondFactor, TooManyTries.
    """
    counted = tries.of_digits(person.id)
    try:
        second_factor.demand(person.id, digits, before=lambda: tries.check_open(counted))
    except WrongSecondFactor as refusal:
        refusal.leaves = lambda: _note_locks(tries.count(counted), None, person)
        raise


def _count(counted: list[tries.Key], find: Callable[[], Person | None]) -> tuple[Person | None, tries.Counted]:
    """Count the try and find the person in a transaction of its own: the try stays counted whatever follows."""
    with transaction():
        tally = tries.count(counted)
        person = find()
    tries.check(tally)
    return person, tally


def _forgive(counted: list[tries.Key]) -> None:
    """Take the try back at once, so that those still waiting for their turn are not locked out by right passwords."""
    with transaction():
        tries.forgive(counted)


def _first_time(person: Person, password: str, counted: list[tries.Key]) -> bool:
    """Accept a one-time code where no password was ever set; a new one must follow at once."""
    if person.password_hash is not None or codes.redeem(password, person.id) is None:
        return False
    tries.forgive(counted)
    person.must_change_password = True
    return True


def _check_unchanged(person: Person, known: str | None) -> None:
    """Refuse when the account was closed or its password changed while the old one was being looked at."""
    query = sa.select(Person.password_hash, Person.disabled_at).where(Person.id == person.id).with_for_update()
    if tuple(db.session.execute(query).one()) != (known, None):
        raise WrongCredentials


def _leaving(refusal: Refusal, tally: tries.Counted, address: str | None, person: Person | None) -> Refusal:
    """Return ``refusal`` with a line for each lock its try brought; a name only where there is an account."""

    refusal.leaves = lambda: _note_locks(tally, address, person)
    return refusal


def _note_locks(tally: tries.Counted, address: str | None, person: Person | None) -> None:
    for lock in tally.locks:
        found = person if lock.is_account else None
        facts = {"username": found.username} if found else {} if lock.is_account else {"address": address}
        action = "account.locked" if lock.is_account else "address.locked"
        journal.write(Line(action=action, by=SYSTEM, kind="person", item=found, facts=facts))
