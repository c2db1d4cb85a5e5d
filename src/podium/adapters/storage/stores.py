"""All stores over one database."""

from podium.adapters.clock import SystemChance, SystemClock
from podium.adapters.storage.approvals import SqlApprovals
from podium.adapters.storage.audit import SqlAudit
from podium.adapters.storage.audit_rows import AuditRows
from podium.adapters.storage.configurations import SqlConfigurations
from podium.adapters.storage.crowds import SqlCrowds
from podium.adapters.storage.database import Database
from podium.adapters.storage.delegations import SqlDelegations
from podium.adapters.storage.directory import SqlDirectory
from podium.adapters.storage.events import SqlEvents
from podium.adapters.storage.federation import SqlLinks
from podium.adapters.storage.identity import SqlIdentity
from podium.adapters.storage.journal.journal import SqlJournal
from podium.adapters.storage.logins import SqlLogins
from podium.adapters.storage.policies import SqlPolicies
from podium.adapters.storage.runs import SqlRuns
from podium.adapters.storage.schedules import SqlSchedules
from podium.adapters.storage.spans import SqlSpans
from podium.adapters.storage.vectors import SqlVectors
from podium.adapters.storage.workflows import SqlWorkflows


class SqlStores:
    """One attribute for each port; the tests' `MemoryStores` has the same ones."""

    def __init__(self, database: Database) -> None:
        told = AuditRows(database, SystemClock(), SystemChance())
        self.audit: SqlAudit = SqlAudit(database, told)
        self.identity: SqlIdentity = SqlIdentity(database)
        self.policies: SqlPolicies = SqlPolicies(database)
        self.directory: SqlDirectory = SqlDirectory(database)
        self.links: SqlLinks = SqlLinks(database)
        self.logins: SqlLogins = SqlLogins(database)
        self.workflows: SqlWorkflows = SqlWorkflows(database)
        self.runs: SqlRuns = SqlRuns(database)
        self.journal: SqlJournal = SqlJournal(database, told)
        self.spans: SqlSpans = SqlSpans(database, told)
        self.approvals: SqlApprovals = SqlApprovals(database)
        self.delegations: SqlDelegations = SqlDelegations(database)
        self.events: SqlEvents = SqlEvents(database)
        self.schedules: SqlSchedules = SqlSchedules(database)
        self.crowds: SqlCrowds = SqlCrowds(database)
        self.configurations: SqlConfigurations = SqlConfigurations(database)
        self.vectors: SqlVectors = SqlVectors(database)
