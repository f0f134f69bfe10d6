"""The server's configuration files, written whole at every start."""

from __future__ import annotations

_HEAD = "# Written by EventOS at every start. To change a setting use ALTER SYSTEM, which wins over this file.\n"

HBA = (
    "# Written by EventOS at every start. Every login needs its password, over the socket too.\n"
    "local all         all            scram-sha-256\n"
    "local replication eventos_backup scram-sha-256\n"
)

# Sized for a laptop or two cores; everything that guards data (fsync, full_page_writes) keeps its default: on.
_SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "max_worker_processes": "8",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "max_wal_size": "1GB",
    "password_encryption": "'scram-sha-256'",
    "timezone": "'UTC'",
    "datestyle": "'iso, mdy'",
    "lc_messages": "'C'",
    "logging_collector": "on",
    "log_directory": "'../log'",
    "log_filename": "'postgresql-%a.log'",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
    "log_checkpoints": "off",
    # Statements that fail are logged without the values they were called with.
    "log_parameter_max_length_on_error": "0",
}


# Which statements take how long, for `doctor --slow`. Set-up statements are left out: they may hold passwords.
_STATEMENTS = {
    "shared_preload_libraries": "'pg_stat_statements'",
    "pg_stat_statements.track": "'top'",
    "pg_stat_statements.track_utility": "off",
}


def configuration(major: int, *, statements: bool) -> str:
    """postgresql.conf for a server of this major version; with `statements` it counts what they take.

    Socket and TCP are not in it: the command line says them, which even ALTER SYSTEM cannot overrule.
    """
    settings = _SETTINGS | (_STATEMENTS if statements else {})
    if major >= 17:
        settings["summarize_wal"] = "on"  # incremental base backups
    return _HEAD + "".join(f"{name} = {value}\n" for name, value in settings.items())
