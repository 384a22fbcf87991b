using Headroom.Engine.Compression;
using Headroom.Engine.Rules;

namespace Headroom.Engine.Tests.Rules;

public sealed class ToolClassTests
{
    // Tools of Claude Code, Codex, Gemini CLI, Qwen Code, opencode, Cursor, Cline, Roo Code, Continue, goose, Copilot, Windsurf, Zed, OpenHands, SWE-agent,
    // Kiro, Amazon Q, JetBrains, Serena, and the file, git and GitHub servers of MCP, as their documentation names them.
    private const string Exact = """
        Read Write Edit MultiEdit NotebookRead NotebookEdit apply_patch read_file write_file replace read_many_files edit_file view_file open_file
        view write edit patch multiedit search_replace edit_notebook StrReplace EditNotebook write_to_file replace_in_file apply_diff insert_content search_and_replace
        builtin_read_file builtin_create_new_file builtin_edit_existing_file read_currently_open_file single_find_and_replace multi_edit read_file_range
        developer__text_editor text_editor text_editor_20250124 str_replace_editor str_replace_based_edit_tool str_replace_based_edit_tool_20250728
        copilot_readFile copilot_createFile copilot_insertEdit copilot_insertEditIntoFile copilot_replaceString copilot_applyPatch copilot_editNotebook insert_edit_into_file
        replace_string_in_file multi_replace_string_in_file read_notebook_cell_output copilot_readNotebookCellOutput create_file view_file_outline view_content_chunk replace_file_content
        multi_replace_file_content view_line_range file_editor open create_text_file replace_content replace_lines insert_at_line fs_read fs_write fsRead fsWrite fsAppend strReplace
        readMultipleFiles readFile mcp__filesystem__read_text_file mcp__filesystem__read_multiple_files mcp__filesystem__read_media_file mcp_filesystem_read_file
        filesystem_read_text_file mcp__filesystem__edit_file mcp__github__get_file_contents github_get_file_contents create_or_update_file get_file_text_by_path
        replace_text_in_file replace_file_text_by_path create_new_file_with_text get_all_open_file_texts open_file_in_editor functions.read_file functions.apply_patch
        default_api:read_file default_api.write_file filesystem:read_file vscode_read_file files/read_file read-file READ_FILE ReadFile readfile ReadFileTool WriteFileTool save_file
        append_to_file cat read_files view_text get_contents notebook.edit read.file apply_text_block
        """;

    private const string Listing = """
        Grep Glob LS list ls grep glob find grep_search search_file_content glob_file_search file_glob_search builtin_grep_search list_files list_dir list_directory
        file_search codebase_search search_files list_code_definition_names builtin_ls builtin_view_subdirectory copilot_findFiles copilot_findTextInFiles copilot_listDirectory
        find_path find_file search_file search_dir search_code mcp__github__search_code mcp__filesystem__list_directory_with_sizes mcp__filesystem__directory_tree
        mcp__filesystem__list_allowed_directories filesystem_search_files list_directory_tree_in_folder list_files_in_folder find_files_by_name_keyword search_in_files_by_text
        read_folder find_by_name listDirectory fileSearch grepSearch functions.list_dir default_api:list_directory GrepTool get_directory_tree ripgrep list_code_usages
        """;

    private const string Other = """
        Bash BashOutput KillShell WebFetch WebSearch Task TodoWrite TodoRead AskUserQuestion ExitPlanMode ReadMcpResource ReadMcpResourceTool ListMcpResources Skill SlashCommand
        shell exec_command write_stdin update_plan view_image web_search run_shell_command web_fetch google_web_search save_memory write_todos read_lints ReadLints run_terminal_cmd
        delete_file fetch_rules create_diagram execute_command use_mcp_tool access_mcp_resource ask_followup_question attempt_completion browser_action new_task switch_mode
        create_rule_block view_repo_map view_diff run_in_terminal get_terminal_output get_errors run_notebook_cell create_new_workspace fetch_webpage github_repo get_changed_files
        read_url_content view_web_document_content_chunk run_command command_status terminal thinking diagnostics open_issue create_issue get_weather query_database read_logs view_metrics
        bash PowerShell ReadMe get_issue list_issues create_pull_request list_commits get_commit create_branch mcp__git__git_diff git_log git_show mcp__fetch__fetch fetch read_graph
        open_nodes search_nodes read_query write_query get_job_logs get_file_info get_file_problems move_file create_directory edit_image browser_get_text get_text_embedding
        get_content_type update_issue apply_migration patch_deployment insert_row create_event web_search_exa search get create_entities read_resource get_file_history read_log_file
        edit_issue_text mcp__read__logs catalog opencode listen reader context view_logs read_email get_context open_url open_app open_page create_text_completion
        """;

    public static TheoryData<string> SpellingsOf => [.. Names(Exact).Concat(Names(Listing)).Concat(Names(Other)).Where(name => name.All(c => char.IsAsciiLetterLower(c) || c == '_') && !name.Contains("__", StringComparison.Ordinal))];

    [Fact]
    public void The_tools_of_agents_get_their_class()
    {
        Assert.All(Names(Exact), name => Assert.True(ToolName.ClassOf(name) == ToolClass.Exact, name));
        Assert.All(Names(Listing), name => Assert.True(ToolName.ClassOf(name) == ToolClass.Listing, name));
        Assert.All(Names(Other), name => Assert.True(ToolName.ClassOf(name) is null, name));
        Assert.True(Names(Exact).Length + Names(Listing).Length >= 150);
    }

    [Theory]
    [MemberData(nameof(SpellingsOf))]
    public void Neither_spelling_nor_prefix_changes_a_class(string name)
    {
        var words = name.Split('_');
        var pascal = string.Concat(words.Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        string[] spellings =
        [
            name.ToUpperInvariant(), name.Replace('_', '-'), pascal, char.ToLowerInvariant(pascal[0]) + pascal[1..], string.Join('_', words.Select(word => char.ToUpperInvariant(word[0]) + word[1..])),
        ];
        string[] prefixes =
        [
            "mcp__x__", "mcp__read__", "functions.", "builtin_", "copilot_", "vscode_", "developer__", "server:", "default_api:", "mcp_", "a.b.",
        ];
        var expected = ToolName.ClassOf(name);
        Assert.All(spellings.Concat(prefixes.Select(prefix => prefix + name)), other => Assert.True(ToolName.ClassOf(other) == expected, other));
    }

    [Fact]
    public void A_user_names_tools_exactly()
    {
        var rules = new CompressionRules([new CompressionRule { Tools = ["read_file"], Level = CompressionLevel.Lossless }]).Then(CompressionRules.ToolClasses);
        Assert.Equal(CompressionLevel.Lossless, rules.Find("mcp__x__READ_FILE", null)!.Level);
        Assert.True(rules.Find("ReadFile", null)!.Exclude);
    }

    [Theory]
    [InlineData("")]
    [InlineData("_")]
    [InlineData("__")]
    [InlineData("...")]
    [InlineData("a__")]
    [InlineData("读_file_文件")]
    public void Any_text_is_a_name(string name) => Assert.Null(ToolName.ClassOf(name));

    [Fact]
    public void A_very_long_name_takes_no_time() => Assert.Null(ToolName.ClassOf(new string('r', 1 << 20)));

    private static string[] Names(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
