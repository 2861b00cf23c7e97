"""Error reasons of folders and of forms, with what to do."""

from collections.abc import Mapping

from qvdc_cli.reason import Reason, reason

IMAGE_REASONS: Mapping[str, Reason] = {
    "FOLDER_CYCLE": reason(
        "FAILED_PRECONDITION",
        "A folder would be below itself.",
        "Choose another place.",
        "folder parent",
    ),
    "FOLDER_NAME_TAKEN": reason(
        "ALREADY_EXISTS",
        "A folder in the same place has the display name.",
        "Choose another name, or rename the other folder.",
        "display_name folder",
    ),
    "FOLDER_TOO_DEEP": reason(
        "FAILED_PRECONDITION",
        "Folders would be nested too deep.",
        "Put it higher in the tree.",
        "deepest_level",
    ),
    "LENGTH_REQUIRED": reason(
        "INVALID_ARGUMENT",
        "An upload form did not say its length.",
        "Send Content-Length, or use the tus protocol at /api/v1/images/uploads.",
    ),
    "FORM_MALFORMED": reason(
        "INVALID_ARGUMENT",
        "A body is not the multipart form that its header announces.",
        "Let your HTTP library make the form, with the bytes as the field file.",
        "why",
    ),
    "UPLOAD_INTERRUPTED": reason(
        "CANCELLED",
        "The connection of an upload ended before its bytes did.",
        "Upload again; by the tus protocol it goes on where it stood, a form begins anew.",
        "offset_bytes",
    ),
}
