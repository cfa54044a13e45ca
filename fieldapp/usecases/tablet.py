"""The tablet before and between sessions: not set up, locked, or open."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain.clock import Clock
from fieldapp.domain.ids import Entropy
from fieldapp.domain.revision import Author
from fieldapp.storage import Identity, KeyStore, NoKeyStore, PersonLabel, Store, TeamLabel, create_store, open_store
from fieldapp.storage.errors import NoStoreError
from fieldapp.storage.kdf import DEFAULT, KdfParameters
from fieldapp.sync import transport as http
from fieldapp.sync.attachment_road import HttpAttachments
from fieldapp.sync.attachments import Attachments
from fieldapp.sync.engine import Sync
from fieldapp.sync.hints import HintRoad, Hints
from fieldapp.sync.ports import Transport
from fieldapp.sync.transport import HttpTransport
from fieldapp.sync.web import Aeroplane, check_address
from fieldapp.sync.wire import EnrolReply
from fieldapp.usecases.errors import AlreadyEnrolledError, LockedError, NotEnrolledError
from fieldapp.usecases.service import Service
from fieldapp.usecases.session import Session

TabletState = Literal["none", "locked", "open"]


class Network(Protocol):
    """How a tablet reaches servers: HTTP in production, a simulation in tests."""

    def enrol(self, server: str, code: str, key: Ed25519PrivateKey) -> EnrolReply: ...
    def transport(self, identity: Identity, key: Ed25519PrivateKey, clock: Clock) -> Transport: ...
    def hints(self, identity: Identity, key: Ed25519PrivateKey, clock: Clock) -> HintRoad: ...


class HttpNetwork:
    """Real servers over HTTP, unless the aeroplane switch is on."""

    def __init__(self, aeroplane: Aeroplane | None = None) -> None:
        self.aeroplane = aeroplane or Aeroplane()

    def enrol(self, server: str, code: str, key: Ed25519PrivateKey) -> EnrolReply:
        return http.enrol(server, code, key, aeroplane=self.aeroplane)

    def transport(self, identity: Identity, key: Ed25519PrivateKey, clock: Clock) -> Transport:
        return HttpTransport(
            identity.server,
            identity.device,
            key,
            clock,
            offset_ms=identity.offset_ms,
            aeroplane=self.aeroplane,
            ahead=True,
        )

    def hints(self, identity: Identity, key: Ed25519PrivateKey, clock: Clock) -> HintRoad:
        offset = identity.offset_ms
        return HttpTransport(identity.server, identity.device, key, clock, offset_ms=offset, aeroplane=self.aeroplane)


class Tablet:
    """One folder with one sealed store. `kdf` is the cost of a passphrase guess."""

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        network: Network | None = None,
        *,
        kdf: KdfParameters = DEFAULT,
        keystore: KeyStore | None = None,
        entropy: Entropy = secrets.token_bytes,
        service: Service | None = None,
    ) -> None:
        self.directory = directory
        self.clock = clock
        self.network: Network = network or HttpNetwork()
        self.session: Session | None = None
        self._kdf = kdf
        self._keystore: KeyStore = keystore or NoKeyStore()
        self._entropy = entropy
        self._service = service
        self._sync: Sync | None = None
        self._closing: list[Callable[[], None]] = []

    @property
    def state(self) -> TabletState:
        """`none` until a store exists; then `locked` or `open`.

        Raises:
            fieldapp.storage.errors.StoreError: where the store cannot be read; it is left as it is.
        """
        if self.session is not None:
            return "open"
        try:
            open_store(self.directory, clock=self.clock, entropy=self._entropy, keystore=self._keystore)
        except NoStoreError:
            return "none"
        return "locked"

    def people(self) -> Sequence[PersonLabel]:
        """Who may unlock this tablet. Raises StoreError."""
        return open_store(self.directory, clock=self.clock, entropy=self._entropy, keystore=self._keystore).people()

    def enrol(self, server: str, code: str, passphrase: str) -> Session:
        """Set this tablet up: the store and its keys first, then the server, then who it is. Repeating it with the
        same code and passphrase after a lost reply, or after a crash, carries on.

        Raises:
            AlreadyEnrolledError, fieldapp.storage.errors.StoreError, fieldapp.sync.errors.SyncError
        """
        address = check_address(server)
        store = self._own_store(passphrase)
        try:
            if store.identity() is not None:
                raise AlreadyEnrolledError("This tablet is set up already. Unlock it instead.")
            reply = self.network.enrol(address, code.strip(), store.device_key())
            store.set_identity(_identity(address, reply, self.clock))
        except BaseException:
            store.close()
            raise
        return self._opened(store)

    def unlock(self, passphrase: str, slot: str | None = None) -> Session:
        """Open the store for one clinician. Needs no network.

        Raises:
            NotEnrolledError: where the set-up was never finished: enrol with the same passphrase to finish it.
            fieldapp.storage.errors.StoreError
        """
        store = self._unlocked(passphrase, slot)
        if store.identity() is None:
            store.close()
            raise NotEnrolledError("This tablet's set-up is not finished. Set it up again with the same passphrase.")
        return self._opened(store)

    def lock(self) -> None:
        """Drop the keys. Unsent work stays sealed, drafts too. Idempotent."""
        session, self.session = self.session, None
        while self._closing:
            self._closing.pop()()
        if self._sync is not None:
            self._sync.close()
            self._sync = None
        if session is not None:
            session.store.close()

    def before_lock(self, close: Callable[[], None]) -> None:
        """Have something stopped when the tablet locks, such as the sync worker."""
        self._closing.append(close)

    def sync(self) -> Sync:
        """The sync engine of the open session, one until it locks. Raises LockedError."""
        if self.session is None:
            raise LockedError("The app is locked. Unlock it to sync.")
        if self._sync is None:
            self._sync = _sync_of(self.session, self.network)
        return self._sync

    def hints(self, heard: Callable[[], None]) -> Hints:
        """What listens for the open session that there is something to sync, and calls `heard`; not started yet.

        Raises:
            LockedError
        """
        if self.session is None:
            raise LockedError("The app is locked. Unlock it to sync.")
        identity = _identity_of(self.session)
        road = self.network.hints(identity, self.session.store.device_key(), self.session.clock)
        return Hints(road, heard, self.session.clock)

    def _own_store(self, passphrase: str) -> Store:
        try:
            return self._unlocked(passphrase, None)
        except NoStoreError:
            return create_store(
                self.directory,
                passphrase=passphrase,
                clock=self.clock,
                entropy=self._entropy,
                kdf=self._kdf,
                keystore=self._keystore,
            )

    def _unlocked(self, passphrase: str, slot: str | None) -> Store:
        locked = open_store(self.directory, clock=self.clock, entropy=self._entropy, keystore=self._keystore)
        return locked.unlock(passphrase, slot)

    def _opened(self, store: Store) -> Session:
        self.lock()
        self.session = Session(store, self.clock, self._entropy, self._service)
        return self.session


def _sync_of(session: Session, network: Network) -> Sync:
    """The sync engine for an open session over a network."""
    identity = _identity_of(session)
    road = network.transport(identity, session.store.device_key(), session.clock)
    pictures = Attachments(session.store, HttpAttachments(road)) if isinstance(road, HttpTransport) else None
    return Sync(session.store, road, session.clock, server_key=identity.server_key, attachments=pictures)


def _identity_of(session: Session) -> Identity:
    identity = session.store.identity()
    if identity is None:
        raise NotEnrolledError("This tablet has not met its server yet. Enrol it with a one-time code.")
    return identity


def _identity(server: str, reply: EnrolReply, clock: Clock) -> Identity:
    return Identity(
        server=server,
        device=reply.device,
        person=Author(reply.person.id, reply.person.name, reply.person.role),
        teams=tuple(TeamLabel(team.id, team.name, team.phone) for team in reply.teams),
        epoch=reply.epoch,
        server_key=reply.server_key,
        offset_ms=reply.now - int(clock.now().timestamp() * 1000),
    )
