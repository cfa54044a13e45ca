"""The sealed store: keys, envelopes, tables and queries.

Start at `fieldapp.storage.store`; the errors are drawn in `fieldapp.storage.errors`.
"""

from fieldapp.storage.keys import KeyStore, NoKeyStore
from fieldapp.storage.model import Delivery, DeliveryState, Identity, PersonLabel, TeamLabel
from fieldapp.storage.store import LockedStore, Store, create_store, open_store

__all__ = [
    "Delivery",
    "DeliveryState",
    "Identity",
    "KeyStore",
    "LockedStore",
    "NoKeyStore",
    "PersonLabel",
    "Store",
    "TeamLabel",
    "create_store",
    "open_store",
]
