"""${message}"""

from eventos_core.migrations import ops

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ops.run("")


def downgrade() -> None:
    ops.run("")
