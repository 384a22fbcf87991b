namespace Headroom.Engine.Ccr;

/// <summary>The tables of the store's file, in the versions that there were.</summary>
internal static class SqliteCcrSchema
{
    /// <summary>The version that files have now.</summary>
    public const int Version = 2;

    /// <summary>The first. Times are Unix milliseconds. length is that of the original, body is stored as encoding says.</summary>
    public const string Version1 = """
        CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE workspaces (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE originals (
            id INTEGER NOT NULL PRIMARY KEY,
            workspace INTEGER NOT NULL,
            hash BLOB NOT NULL,
            length INTEGER NOT NULL,
            encoding INTEGER NOT NULL,
            created INTEGER NOT NULL,
            used INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (workspace, hash));
        CREATE TABLE pins (
            id INTEGER NOT NULL PRIMARY KEY,
            workspace INTEGER NOT NULL,
            key BLOB NOT NULL,
            hash BLOB,
            reason TEXT NOT NULL,
            strategy TEXT NOT NULL,
            tokens_before INTEGER NOT NULL,
            tokens_after INTEGER NOT NULL,
            created INTEGER NOT NULL,
            used INTEGER NOT NULL,
            replacement BLOB,
            UNIQUE (workspace, key));
        """;

    /// <summary>
    /// What the second added: expiry. The file itself keeps the totals, takes an original's pins with it and remembers that it was there, so that no
    /// path can forget any of it. generation grows with each pin that goes. Hashes in expired are in the order of their ids.
    /// </summary>
    public const string Version2 = """
        ALTER TABLE workspaces ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE workspaces ADD COLUMN originals INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE workspaces ADD COLUMN length INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE workspaces ADD COLUMN pins INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE workspaces ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE workspaces ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE expired (
            id INTEGER NOT NULL PRIMARY KEY,
            workspace INTEGER NOT NULL,
            hash BLOB NOT NULL,
            UNIQUE (workspace, hash));
        CREATE INDEX expired_in_order ON expired (workspace);
        CREATE INDEX originals_by_use ON originals (workspace, used);
        CREATE INDEX originals_by_age ON originals (workspace, created);
        CREATE INDEX pins_by_original ON pins (workspace, hash) WHERE hash IS NOT NULL;
        CREATE INDEX pins_by_use ON pins (workspace, used) WHERE hash IS NULL;
        CREATE TRIGGER original_added AFTER INSERT ON originals BEGIN
            UPDATE workspaces SET originals = originals + 1, length = length + new.length, stored = stored + length(new.body)
            WHERE id = new.workspace;
            DELETE FROM expired WHERE workspace = new.workspace AND hash = new.hash;
        END;
        CREATE TRIGGER original_removed AFTER DELETE ON originals BEGIN
            UPDATE workspaces SET originals = originals - 1, length = length - old.length, stored = stored - length(old.body)
            WHERE id = old.workspace;
            DELETE FROM pins WHERE workspace = old.workspace AND hash = old.hash;
            INSERT OR IGNORE INTO expired (workspace, hash) VALUES (old.workspace, old.hash);
        END;
        CREATE TRIGGER pin_added AFTER INSERT ON pins BEGIN
            UPDATE workspaces SET pins = pins + 1, stored = stored + coalesce(length(new.replacement), 0) WHERE id = new.workspace;
        END;
        CREATE TRIGGER pin_removed AFTER DELETE ON pins BEGIN
            UPDATE workspaces
            SET pins = pins - 1, stored = stored - coalesce(length(old.replacement), 0), generation = generation + 1
            WHERE id = old.workspace;
        END;
        CREATE TRIGGER expired_added AFTER INSERT ON expired BEGIN
            UPDATE workspaces SET expired = expired + 1 WHERE id = new.workspace;
        END;
        CREATE TRIGGER expired_removed AFTER DELETE ON expired BEGIN
            UPDATE workspaces SET expired = expired - 1 WHERE id = old.workspace;
        END;
        UPDATE workspaces SET
            originals = (SELECT count(*) FROM originals WHERE workspace = workspaces.id),
            length = (SELECT coalesce(sum(length), 0) FROM originals WHERE workspace = workspaces.id),
            pins = (SELECT count(*) FROM pins WHERE workspace = workspaces.id),
            stored = (SELECT coalesce(sum(length(body)), 0) FROM originals WHERE workspace = workspaces.id)
                + (SELECT coalesce(sum(length(replacement)), 0) FROM pins WHERE workspace = workspaces.id);
        """;
}
