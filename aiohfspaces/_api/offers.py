"""What the Hub offers to Spaces: hardware, templates, and time on shared graphics cards."""

from __future__ import annotations

from aiohfspaces import models
from aiohfspaces._api.sender import Sender
from aiohfspaces._wire import offers


class Offers(Sender):
    """Reading what can be had."""

    async def list_spaces_hardware(self) -> list[models.SpaceHardwareInfo]:
        """List the hardware that a Space can be given, and what it costs.

        Returns:
            The flavors, in the Hub's order; ``name`` is what `request_space_hardware` takes.

        Raises:
            HubHTTPError: The Hub refused.

        Wire:
            ``GET /api/spaces/hardware``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_spaces_hardware``.
        """
        return await self._send(offers.list_hardware())

    async def list_space_templates(self) -> list[models.SpaceTemplate]:
        """List the templates that `create_repo` takes as ``space_template``.

        Returns:
            The Hub's catalogue, in its order.

        Raises:
            HubHTTPError: The Hub refused.

        Wire:
            ``GET /api/spaces/templates``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.list_space_templates``.
        """
        return await self._send(offers.list_templates())

    async def get_zero_gpu_quota(self) -> models.ZeroGpuQuota:
        """Tell how much of ZeroGPU the token's owner may still use.

        Returns:
            GPU-seconds, and runs where those are limited too.

        Raises:
            AuthenticationError: There is no token, or it is wrong.
            PermissionDeniedError: The token may not read what concerns billing.

        Wire:
            ``GET /api/spaces/zero-gpu/quota``; safe to repeat.

        Source:
            huggingface_hub 2.4.0, ``HfApi.get_zero_gpu_quota``; for `ZeroGpuQuota.runs`, the Hub's OpenAPI
            document of 2026-08-22.
        """
        return await self._send(offers.zero_gpu_quota())
