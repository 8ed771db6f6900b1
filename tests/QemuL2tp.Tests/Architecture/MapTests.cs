using System.Text.RegularExpressions;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Architecture;

/// <summary>The table of folders in src/README.md is what is there.</summary>
internal sealed partial class MapTests
{
    private static readonly string s_src = Path.Combine(Repository.Root, "src");

    private static readonly (string Folder, string Holds, string Start)[] s_rows =
        [.. Row().Matches(File.ReadAllText(Path.Combine(s_src, "README.md"))).Select(row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value))];

    [Test]
    public void Each_folder_with_sources_is_on_the_map()
    {
        // One without a row of its own is named in the row of the folder above it.
        HashSet<string> known =
        [
            .. s_rows.Select(row => row.Folder),
            .. s_rows.SelectMany(row => Folder().Matches(row.Holds).Select(name => row.Folder + name.Groups[1].Value)),
        ];
        IEnumerable<string> folders = Repository.SourcesUnder("src").Select(path => Path.GetRelativePath(s_src, Path.GetDirectoryName(path)!) + '/').Distinct();
        Assert.That(folders.Except(known), Is.Empty);
        Assert.That(known.Where(folder => !Directory.Exists(Path.Combine(s_src, folder))), Is.Empty);
    }

    [Test]
    public void What_to_read_first_is_in_its_folder() => Assert.Multiple(() =>
    {
        foreach ((string folder, _, string start) in s_rows)
        {
            foreach (Match name in Type().Matches(start))
                Assert.That(Directory.EnumerateFiles(Path.Combine(s_src, folder), name.Groups[1].Value + ".cs", SearchOption.AllDirectories), Is.Not.Empty, $"{folder}: {name}");
        }
    });

    [GeneratedRegex(@"^\| `(QemuL2tp[^`]*/)` \| ([^|]*) \| ([^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([A-Za-z0-9/]+/)`")]
    private static partial Regex Folder();

    [GeneratedRegex("`([A-Za-z0-9]+)`")]
    private static partial Regex Type();
}
