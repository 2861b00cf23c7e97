"""What use cases say about images in the outbox."""

from qvdc_core.event import Change, EventDraft, Severity
from qvdc_image.domain.image import Image


def image_changed(image: Image) -> EventDraft:
    """A change that only watchers are told: progress, claims, copies."""
    return EventDraft(
        subject=image.name,
        subject_uid=image.uid,
        change=Change.CHANGED,
        revision=image.revision,
    )


def image_told(
    kind: str,
    image: Image,
    text: str,
    *,
    actor: str = "service/image",
    severity: Severity = Severity.INFO,
    change: Change = Change.CHANGED,
    **details: str,
) -> EventDraft:
    """An event about an image for people."""
    return EventDraft(
        subject=image.name,
        subject_uid=image.uid,
        kind=kind,
        change=change,
        revision=image.revision,
        severity=severity,
        actor=actor,
        operation=f"operations/{image.operation_id}" if image.operation_id else "",
        text=text,
        details=details,
    )
