"""Why a sister instance cannot be added or asked."""

from coopcircuits.errors import DomainError, InvalidInput
from coopcircuits.i18n import N_


class PeerKnown(InvalidInput):
    """The instance is one of our sisters already."""

    code = "peer-known"
    message = N_("%(host)s is one of your sister instances already.")


class OwnInstance(InvalidInput):
    """An instance cannot be its own sister."""

    code = "own-instance"
    message = N_("This is the address of your own instance.")


class FingerprintDiffers(InvalidInput):
    """The fingerprint told by the sister is not the one of the key that was fetched."""

    code = "fingerprint-differs"
    message = N_(
        "%(host)s answers with another fingerprint: %(found)s. Nothing has been added. "
        "Ask your sister to read hers again."
    )


class PeerBusy(DomainError):
    """Somebody is asking this instance right now."""

    code = "peer-busy"
    message = N_("%(host)s is being asked right now. Look again in a minute.")
