"""Pictures and recordings for discussions."""

from __future__ import annotations

from pathlib import Path

from aiohfspaces._api.sender import Sender
from aiohfspaces._io import sources
from aiohfspaces._wire import attachments
from aiohfspaces._wire.calls import FileRange


class Attachments(Sender):
    """Uploading what belongs to no repository."""

    async def upload_attachment(self, path: str | Path) -> str:
        """Upload a picture, a film or a recording, to show it in a discussion.

        Args:
            path: The file: png, jpg, gif, webp, mp4, mov, webm, mp3 or wav.

        Returns:
            Its address, for the Markdown of a comment.

        Raises:
            UsageError: There is no such file, or the Hub takes none of this kind.
            UploadError: It cannot be read.
            FileChangedError: It changed meanwhile.
            AuthenticationError: There is no token, or it is wrong.

        Wire:
            ``POST /uploads`` with the bytes; not repeated after a lost reply.

        Source:
            huggingface_hub 2.4.0, ``HfApi.upload_attachment``.
        """
        where = sources.user_path(path, "path")
        kind = attachments.checked_content_type(where)
        file = await sources.local_file(where, where.name, argument="path")
        return await self._send(attachments.upload_attachment(FileRange(where, 0, file.size, where.name), kind))
