/** What a labelled line of a prompt tells about the place an agent runs in. */
export type Place =
  | 'folder'
  | 'home'
  | 'repository'
  | 'system'
  | 'version'
  | 'shell'
  | 'user'
  | 'host'

/** Places that only a path or an address can name; prose behind such a label names none. */
export const NAMED_BY_PATH: ReadonlySet<Place> = new Set(['folder', 'home', 'repository'])

const LABELS: readonly (readonly [Place, ...string[]])[] = [
  ['folder', 'working directory', 'current working directory', 'primary working directory'],
  ['folder', 'cwd', 'pwd', 'current directory', 'project directory', 'project root', 'workdir'],
  ['folder', 'workspace', 'workspace path', 'workspace root', 'workspace folder', 'project path'],
  ['folder', 'working_dir', 'working_directory', 'working folder', 'workspace directory'],
  ['folder', "i'm currently working in the directory", 'root directory', 'open folder'],
  ['folder', '工作目录', '当前目录', '当前工作目录', '工作区', '项目目录'],
  ['home', 'home', 'home directory', 'home folder', 'home_dir', 'user home', '主目录'],
  ['repository', 'repository', 'repo', 'git repo', 'git repository', 'git root', 'git remote'],
  ['repository', 'repository url', 'repository root', 'remote url', '仓库'],
  ['system', 'platform', 'os', 'operating system', 'my operating system is', 'os name'],
  ['system', "the user's operating system is", 'user os', 'operating_system', '操作系统', '平台'],
  ['version', 'os version', 'kernel version', 'os release', '系统版本'],
  ['shell', 'shell', 'default shell', 'user shell', '默认 shell'],
  ['user', 'username', 'current user', '用户名'],
  ['host', 'hostname', 'host name', 'machine name', '主机名'],
]

/**
 * How agents label these lines, in lower case: `Working directory: /srv/app`, `- **CWD:** …`, `<cwd>…</cwd>`,
 * `My operating system is: linux`, `(Current directory: /repo)`. Left out on purpose: dates, branches and
 * whether there is a repository, which change while the place does not; `user:` and `system:`, which
 * begin the lines of dialogues.
 */
export const PLACE_LABELS: ReadonlyMap<string, Place> = new Map(
  LABELS.flatMap(([place, ...labels]) => labels.map((label) => [label, place] as const)),
)

/** An operating system, as far as a header and a prompt can be compared. */
export type System = 'linux' | 'mac' | 'windows'

/** Parts of names of systems, in lower case, in the order they are looked for: `darwin` has a `win` in it. */
export const SYSTEM_NAMES: readonly (readonly [part: string, system: System])[] = [
  ['darwin', 'mac'],
  ['mac', 'mac'],
  ['os x', 'mac'],
  ['linux', 'linux'],
  ['wsl', 'linux'],
  ['ubuntu', 'linux'],
  ['debian', 'linux'],
  ['fedora', 'linux'],
  ['alpine', 'linux'],
  ['win', 'windows'],
]
