-- Calls that go on after their request was answered, and what came of them: personal data, deleted at `expires_at`.
-- `request` and `answer` are JSON; the request is emptied once the task has ended. At `due_at` a working task is
-- asked again where that is safe (`repeatable`), and otherwise given up: its process is gone.
CREATE TABLE tasks (
    tenant     TEXT NOT NULL,
    task_id    TEXT NOT NULL,
    principal  TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('working', 'completed', 'failed', 'cancelled')),
    repeatable INTEGER NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    due_at     REAL NOT NULL,
    expires_at REAL NOT NULL,
    request    BLOB NOT NULL,
    answer     BLOB,
    PRIMARY KEY (tenant, task_id)
) STRICT;

CREATE INDEX tasks_by_due ON tasks (due_at) WHERE status = 'working';
CREATE INDEX tasks_by_expiry ON tasks (expires_at);
