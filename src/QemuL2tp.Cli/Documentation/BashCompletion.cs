using QemuL2tp.Cli.Commands;

namespace QemuL2tp.Cli.Documentation;

/// <summary>Completion for bash, which needs no other script: tables of what may follow, then a function that looks at the line.</summary>
internal static class BashCompletion
{
    private const string Function = """

        _qemu_l2tp()
        {
            local line=${COMP_LINE:0:COMP_POINT} command="" option="" value before="" candidate trim i
            local -a words=() candidates=()
            read -ra words <<<"$line"
            [[ $line == *[[:space:]] ]] && words+=("")
            value=${words[-1]}
            local last=$((${#words[@]} - 1))
            COMPREPLY=()
            if ((last > 1)) && [[ " $(_qemu_l2tp_commands) " == *" ${words[1]} "* ]]; then
                command=${words[1]}
            fi
            # Behind a -- is the command line of another program.
            for ((i = 2; i < last; i++)); do
                if [[ ${words[i]} == -- ]]; then
                    ((i == last - 1)) && mapfile -t COMPREPLY < <(compgen -c -- "$value")
                    return
                fi
            done

            if [[ $value == -*=* ]]; then
                option=${value%%=*} before=$option= value=${value#*=}
            elif ((last > 1)); then
                option=${words[last - 1]}
            fi
            local -a known
            read -ra known <<<"$(_qemu_l2tp_values "$command" "${option/#--/-}")"
            case ${known[0]-} in
                text) _qemu_l2tp_text "$value" "${known[@]:1}" ;;
                words) candidates=("${known[@]:1}") ;;
                any) return ;;
                *)
                    [[ -n $before ]] && return
                    read -ra candidates <<<"$(_qemu_l2tp_options "$command")"
                    ((last == 1)) && read -ra words <<<"$(_qemu_l2tp_commands)" && candidates+=("${words[@]}")
                    ;;
            esac

            # Readline takes what is behind the last = or : for the word, and keeps the rest.
            trim=${value%"${value##*[=:]}"}
            for candidate in "${candidates[@]}"; do
                [[ $candidate == "$value"* ]] && COMPREPLY+=("${candidate#"$trim"}")
            done
            [[ ${COMPREPLY[0]-} == *[,=] ]] && compopt -o nospace
        }

        # _qemu_l2tp_text TEXT KIND…: sets candidates to what may be the last item of an option text.
        _qemu_l2tp_text()
        {
            local done=${1%"${1##*,}"} item=${1##*,} key
            if [[ -z $done ]]; then
                shift
                candidates=("${@/%/,}")
                return
            fi
            local -a keys choices
            read -ra keys <<<"$(_qemu_l2tp_keys "${1%%,*}")"
            for key in "${keys[@]}"; do
                if [[ $item == "${key%%=*}="* ]]; then
                    IFS='|' read -ra choices <<<"${key#*=}"
                    candidates=("${choices[@]/#/$done${item%%=*}=}")
                    return
                fi
                [[ ,$done == *",${key%%=*}="* ]] || candidates+=("$done${key%%=*}=")
            done
        }

        complete -o default -F _qemu_l2tp qemu-l2tp
        """;

    public static IEnumerable<string> Lines =>
    [
        "# bash completion for qemu-l2tp, from `qemu-l2tp generate bash`.",
        "# shellcheck shell=bash",
        "",
        "_qemu_l2tp_commands() { echo " + Completion.Quoted(string.Join(' ', CommandTable.Named.Select(command => command.Name))) + "; }",
        "",
        "# The options of a command.",
        .. Case("_qemu_l2tp_options", "$1", CommandTable.All.Select(command => (command.Name, Options(command)))),
        "",
        "# What the value of an option is: an option text of some kind, one of some words, or anything.",
        .. Case("_qemu_l2tp_values", "$1 $2", CommandTable.All.SelectMany(Values)),
        "",
        "# The keys of a kind of option text, with the values that there are.",
        .. Case("_qemu_l2tp_keys", "$1", KeyInfo.OfKinds.Select(kind => (kind.Key, string.Join(' ', kind.Value.Select(key => $"{key.Name}={string.Join('|', key.Choices)}"))))),
        .. Function.Split('\n'),
    ];

    private static string Options(Command command) =>
        string.Join(' ', command.Options.SelectMany(option => Completion.Spellings(option.Name)).Concat(Completion.LibraryOptions.Select(option => "--" + option.Name)).Concat(Completion.OperandsOf(command)));

    private static IEnumerable<(string, string)> Values(Command command) => command.Options
        .Where(option => option.TakesValue)
        .Select(option => ($"{command.Name} -{option.Name}", Value(option)));

    private static string Value(OptionInfo option) => (KeyInfo.KindsOf(option), option.Choices) switch
    {
        ({ Length: > 0 } kinds, _) => "text " + string.Join(' ', kinds),
        (_, { Length: > 0 } choices) => "words " + string.Join(' ', choices),
        _ => "any",
    };

    private static IEnumerable<string> Case(string name, string word, IEnumerable<(string Pattern, string Answer)> rows) =>
    [
        $"{name}()",
        "{",
        $"    case \"{word}\" in",
        .. rows.Select(row => $"        {Completion.Quoted(row.Pattern)}) echo {Completion.Quoted(row.Answer)} ;;"),
        "    esac",
        "}",
    ];
}
