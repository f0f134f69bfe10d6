"""Settings: how the house works, a section for each subject; `section` in the URL names the open one."""

from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
from eventos_core.ui.settings import sections

ctx = page.start("Settings", requires=Permission.HOUSE_READ, icon="settings")
page.head(ctx, "Settings", caption=f"How {ctx.house.account_name} works. Every change is in the audit.")
sections.draw(ctx)
