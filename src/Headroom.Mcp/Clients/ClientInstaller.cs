using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Headroom.Engine.Files;

namespace Headroom.Mcp.Clients;

/// <summary>
/// Puts the server into clients' configurations and takes it out again. A record of what was there before is written first and removed
/// last, and every file is replaced as a whole, so that a run that was killed at any point is mended by the next: a file is always as it
/// was before or as it is to be, and the record always leads back.
/// </summary>
/// <param name="dataDirectory">The product's data directory, in which the records are kept.</param>
public sealed class ClientInstaller(string dataDirectory)
{
    private readonly string _records = Path.Combine(dataDirectory, "mcp-clients");

    /// <summary>Called before every step that changes something on the disk; a test ends the run here.</summary>
    internal Action BeforeStep { get; init; } = () => { };

    /// <summary>Whether the server is in a client's configuration.</summary>
    /// <exception cref="ConfigurationException">The configuration cannot be read.</exception>
    public ClientStatus StatusOf(ClientConfiguration configuration) => Guarded(configuration, () =>
    {
        var current = Read(TargetOf(configuration.File));
        return current is null || !configuration.Format.HasEntry(current) ? ClientStatus.NotInstalled
            : IsOurs(configuration, ReadRecord(configuration), current) ? ClientStatus.Installed
            : ClientStatus.ForeignEntry;
    });

    /// <summary>Adds the server. Where it is there already, an entry for another command is replaced and an equal one left as it is.</summary>
    /// <param name="configuration">Where.</param>
    /// <param name="command">What the client is to start.</param>
    /// <param name="force">Replace an entry that the user wrote.</param>
    /// <returns>True when the file was changed.</returns>
    /// <exception cref="ConfigurationException">The configuration cannot be changed; it was left as it is.</exception>
    public bool Install(ClientConfiguration configuration, ServerCommand command, bool force) => Guarded(configuration, () =>
    {
        ArgumentNullException.ThrowIfNull(command);
        var target = TargetOf(configuration.File);
        var current = Read(target);
        var earlier = ReadRecord(configuration);

        // 1. What the entry is added to, and what an uninstallation goes back to.
        var (below, original) = (current, current);
        if (current is not null && configuration.Format.HasEntry(current))
        {
            if (Same(configuration.Format.CommandIn(current), command))
            {
                return false;
            }

            if (IsOurs(configuration, earlier, current))
            {
                below = original = HashOf(current) == earlier!.Installed ? earlier.Original : WithoutEntry(configuration, earlier, current);
            }
            else if (force)
            {
                below = configuration.Format.Remove(current, withTable: false);
            }
            else
            {
                throw new ConfigurationException("it has an entry headroom that this command did not write; --force replaces it.");
            }
        }

        // 2. The record, then the directories, then the file.
        var installed = configuration.Format.Add(below ?? [], command);
        string[] directories = [.. (earlier?.Directories ?? []).Where(Directory.Exists), .. MissingDirectories(target)];
        var record = new InstallationRecord(configuration.File, command, original, HashOf(installed), [.. directories.Distinct(StringComparer.Ordinal)]);
        EnsureRecords();
        Replace(RecordOf(configuration), JsonSerializer.SerializeToUtf8Bytes(record, InstallationRecordJson.Default.InstallationRecord), isPrivate: true);
        foreach (var directory in MissingDirectories(target))
        {
            BeforeStep();
            Directory.CreateDirectory(directory);
        }

        Replace(target, installed, isPrivate: configuration.Scope == ConfigurationScope.User);
        return true;
    });

    /// <summary>
    /// Takes the server out: the file is what it was before, byte for byte, or, where somebody else has changed it since, what it is now
    /// without our entry. Removes a file and directories that the installation made.
    /// </summary>
    /// <param name="configuration">Where.</param>
    /// <param name="force">Remove an entry that the user wrote or changed.</param>
    /// <returns>True when the file was changed.</returns>
    /// <exception cref="ConfigurationException">The configuration cannot be changed; it was left as it is.</exception>
    public bool Uninstall(ClientConfiguration configuration, bool force) => Guarded(configuration, () =>
    {
        var target = TargetOf(configuration.File);
        var current = Read(target);
        var record = ReadRecord(configuration);

        // 1. What the file is to be.
        byte[]? restored;
        if (record is not null && current is not null && HashOf(current) == record.Installed)
        {
            restored = record.Original;
        }
        else if (current is null || (record?.Original is { } before && before.AsSpan().SequenceEqual(current)) || !configuration.Format.HasEntry(current))
        {
            restored = current;
        }
        else if (force || IsOurs(configuration, record, current))
        {
            restored = WithoutEntry(configuration, record, current);
        }
        else
        {
            throw new ConfigurationException("its entry headroom was written or changed by somebody else; --force removes it.");
        }

        // 2. The file, then the directories, then the record.
        var isChanged = current is not null && (restored is null || !restored.AsSpan().SequenceEqual(current));
        if (isChanged && restored is null)
        {
            BeforeStep();
            File.Delete(target);
        }
        else if (isChanged)
        {
            Replace(target, restored!, isPrivate: configuration.Scope == ConfigurationScope.User);
        }

        if (record is not null)
        {
            BeforeStep();
            DeleteIfThere(TemporaryOf(target));
            foreach (var directory in record.Directories.Reverse().Where(d => Directory.Exists(d) && !Directory.EnumerateFileSystemEntries(d).Any()))
            {
                BeforeStep();
                Directory.Delete(directory);
            }

            BeforeStep();
            File.Delete(RecordOf(configuration));
        }

        DeleteIfThere(TemporaryOf(RecordOf(configuration)));
        return isChanged;
    });

    private static T Guarded<T>(ClientConfiguration configuration, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        try
        {
            return work();
        }
        catch (ConfigurationException failure)
        {
            throw new ConfigurationException($"{configuration.File}: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{configuration.File}: {failure.Message}", failure);
        }
    }

    private static bool IsOurs(ClientConfiguration configuration, InstallationRecord? record, byte[] current) =>
        record is not null && Same(configuration.Format.CommandIn(current), record.Command);

    private static bool Same(ServerCommand? one, ServerCommand other) =>
        one is not null && one.Program == other.Program && one.Arguments.SequenceEqual(other.Arguments, StringComparer.Ordinal);

    /// <summary>The file as it is now without our entry, and without what was only made for it; null when nothing is left of a file that was.</summary>
    private static byte[]? WithoutEntry(ClientConfiguration configuration, InstallationRecord? record, byte[] current)
    {
        var hadTable = record is null || (record.Original is { } original && configuration.Format.HasTable(original));
        var rest = configuration.Format.Remove(current, withTable: !hadTable);
        return record is { Original: null } && configuration.Format.IsEmpty(rest) ? null : rest;
    }

    private static byte[]? Read(string file) => File.Exists(file) ? InputFile.Read(file) : null;

    private static void DeleteIfThere(string file)
    {
        if (File.Exists(file))
        {
            File.Delete(file);
        }
    }

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The file itself where the name is a symbolic link, so that the link stays.</summary>
    private static string TargetOf(string file)
    {
        var info = new FileInfo(file);
        return info.LinkTarget is null ? file : info.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    private static string TemporaryOf(string file) => file + ".headroom-tmp";

    private static List<string> MissingDirectories(string file)
    {
        var missing = new List<string>();
        for (var directory = Path.GetDirectoryName(file); directory is not null && !Directory.Exists(directory); directory = Path.GetDirectoryName(directory))
        {
            missing.Insert(0, directory);
        }

        return missing;
    }

    private string RecordOf(ClientConfiguration configuration) =>
        Path.Combine(_records, $"{configuration.Client}-{HashOf(Encoding.UTF8.GetBytes(configuration.File))[..16]}.json".ToLowerInvariant());

    private InstallationRecord? ReadRecord(ClientConfiguration configuration)
    {
        var file = RecordOf(configuration);
        try
        {
            return Read(file) is { } json ? JsonSerializer.Deserialize(json, InstallationRecordJson.Default.InstallationRecord) : null;
        }
        catch (JsonException failure)
        {
            throw new ConfigurationException($"its record {file} cannot be read: {failure.Message}", failure);
        }
    }

    private void EnsureRecords()
    {
        BeforeStep();
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_records);
        }
        else
        {
            Directory.CreateDirectory(_records, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Writes a file as a whole: beside it, to the disk, then in its place, with the rights it had.</summary>
    private void Replace(string file, byte[] bytes, bool isPrivate)
    {
        var temporary = TemporaryOf(file);
        BeforeStep();
        DeleteIfThere(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        BeforeStep();
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        BeforeStep();
        if (OperatingSystem.IsWindows())
        {
            if (File.Exists(file))
            {
                // Keeps the access control list.
                File.Replace(temporary, file, destinationBackupFileName: null);
                return;
            }
        }
        else if (File.Exists(file))
        {
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(file));
        }
        else if (!isPrivate)
        {
            File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        File.Move(temporary, file, overwrite: true);
    }
}
