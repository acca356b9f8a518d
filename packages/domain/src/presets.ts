/**
 * What people usually want back, as data: where it lies on each system, what of it is not worth keeping, and why it is
 * offered. Resolved on a machine by packages/host.
 */

/** The systems that presets know, as Node names them. */
export const PLATFORMS = ['linux', 'darwin', 'win32'] as const
export type Platform = (typeof PLATFORMS)[number]

/** In the order of the screen. The four `app-*` groups are the four parts of an application. */
export const PRESET_GROUPS = [
  'files',
  'profiles',
  'keys',
  'app-config',
  'app-data',
  'app-bootstraps',
  'app-binaries',
  'databases',
] as const
export type PresetGroup = (typeof PRESET_GROUPS)[number]

/**
 * `paths` may begin with `~`, or with a name in `$…` or `%…%` that packages/host knows how to fill; one that it can't
 * fill is not there. `excludes` are gitignore lines from each path on. `ticked` says whether it is chosen unless
 * somebody unticks it: `as-root` only where the agent may read all of it.
 */
export type Preset = {
  readonly id: string
  readonly name: string
  readonly group: PresetGroup
  readonly why: string
  readonly ticked: 'yes' | 'as-root' | 'no'
  readonly paths: Partial<Readonly<Record<Platform, readonly string[]>>>
  readonly excludes?: readonly string[]
}

const BROWSER_CACHES = [
  'Cache/',
  'Code Cache/',
  'GPUCache/',
  'DawnCache/',
  'DawnGraphiteCache/',
  'DawnWebGPUCache/',
  'GrShaderCache/',
  'ShaderCache/',
  'GraphiteDawnCache/',
  'CacheStorage/',
  'ScriptCache/',
  'component_crx_cache/',
  'Crash Reports/',
  'Crashpad/',
  'Singleton*',
]

const MOZILLA_CACHES = [
  'cache2/',
  'startupCache/',
  'shader-cache/',
  'crashes/',
  'minidumps/',
  'lock',
  '.parentlock',
]

/** In the order of the screen. */
export const PRESETS: readonly Preset[] = [
  {
    id: 'documents',
    name: 'Documents',
    group: 'files',
    why: 'What you wrote and were sent.',
    ticked: 'yes',
    paths: { linux: ['$XDG_DOCUMENTS_DIR'], darwin: ['~/Documents'], win32: ['%USERPROFILE%\\Documents'] },
  },
  {
    id: 'pictures',
    name: 'Pictures',
    group: 'files',
    why: 'Photos and drawings: nobody else has them.',
    ticked: 'yes',
    paths: { linux: ['$XDG_PICTURES_DIR'], darwin: ['~/Pictures'], win32: ['%USERPROFILE%\\Pictures'] },
    excludes: ['.thumbnails/', 'Thumbs.db'],
  },
  {
    id: 'desktop',
    name: 'Desktop',
    group: 'files',
    why: 'What lies at hand is often what matters now.',
    ticked: 'yes',
    paths: { linux: ['$XDG_DESKTOP_DIR'], darwin: ['~/Desktop'], win32: ['%USERPROFILE%\\Desktop'] },
  },
  {
    id: 'music',
    name: 'Music',
    group: 'files',
    why: 'Recordings and collections.',
    ticked: 'yes',
    paths: { linux: ['$XDG_MUSIC_DIR'], darwin: ['~/Music'], win32: ['%USERPROFILE%\\Music'] },
  },
  {
    id: 'videos',
    name: 'Videos',
    group: 'files',
    why: 'Home films; often the largest folder of all.',
    ticked: 'yes',
    paths: { linux: ['$XDG_VIDEOS_DIR'], darwin: ['~/Movies'], win32: ['%USERPROFILE%\\Videos'] },
  },
  {
    id: 'downloads',
    name: 'Downloads',
    group: 'files',
    why: 'Most of it can be fetched again.',
    ticked: 'no',
    paths: { linux: ['$XDG_DOWNLOAD_DIR'], darwin: ['~/Downloads'], win32: ['%USERPROFILE%\\Downloads'] },
    excludes: ['*.part', '*.crdownload'],
  },
  {
    id: 'mail',
    name: 'Mail',
    group: 'profiles',
    why: 'Accounts, local folders and address books.',
    ticked: 'yes',
    paths: {
      linux: [
        '~/.thunderbird',
        '~/.var/app/org.mozilla.Thunderbird/.thunderbird',
        '~/snap/thunderbird/common/.thunderbird',
        '$XDG_DATA_HOME/evolution',
        '~/Maildir',
        '~/Mail',
      ],
      darwin: ['~/Library/Thunderbird', '~/Library/Mail'],
      win32: ['%APPDATA%\\Thunderbird', '%LOCALAPPDATA%\\Microsoft\\Outlook'],
    },
    excludes: MOZILLA_CACHES,
  },
  {
    id: 'firefox',
    name: 'Firefox',
    group: 'profiles',
    why: 'Bookmarks, saved passwords, open tabs.',
    ticked: 'yes',
    paths: {
      linux: [
        '~/.mozilla/firefox',
        '$XDG_CONFIG_HOME/mozilla/firefox',
        '~/snap/firefox/common/.mozilla/firefox',
        '~/.var/app/org.mozilla.firefox/.mozilla/firefox',
      ],
      darwin: ['~/Library/Application Support/Firefox'],
      win32: ['%APPDATA%\\Mozilla\\Firefox'],
    },
    excludes: MOZILLA_CACHES,
  },
  {
    id: 'chromium',
    name: 'Chrome and its relatives',
    group: 'profiles',
    why: 'Bookmarks, saved passwords, open tabs.',
    ticked: 'yes',
    paths: {
      linux: [
        '$XDG_CONFIG_HOME/google-chrome',
        '$XDG_CONFIG_HOME/chromium',
        '$XDG_CONFIG_HOME/BraveSoftware',
        '$XDG_CONFIG_HOME/microsoft-edge',
        '$XDG_CONFIG_HOME/vivaldi',
        '~/snap/chromium/common/chromium',
      ],
      darwin: [
        '~/Library/Application Support/Google/Chrome',
        '~/Library/Application Support/Chromium',
        '~/Library/Application Support/BraveSoftware',
        '~/Library/Application Support/Microsoft Edge',
        '~/Library/Application Support/Vivaldi',
      ],
      win32: [
        '%LOCALAPPDATA%\\Google\\Chrome\\User Data',
        '%LOCALAPPDATA%\\Chromium\\User Data',
        '%LOCALAPPDATA%\\BraveSoftware',
        '%LOCALAPPDATA%\\Microsoft\\Edge\\User Data',
        '%LOCALAPPDATA%\\Vivaldi\\User Data',
      ],
    },
    excludes: BROWSER_CACHES,
  },
  {
    id: 'ssh',
    name: 'SSH keys',
    group: 'keys',
    why: 'Without them you can’t reach your servers.',
    ticked: 'yes',
    paths: { linux: ['~/.ssh'], darwin: ['~/.ssh'], win32: ['%USERPROFILE%\\.ssh'] },
  },
  {
    id: 'gpg',
    name: 'GPG keys',
    group: 'keys',
    why: 'What was encrypted to them opens with nothing else.',
    ticked: 'yes',
    paths: { linux: ['~/.gnupg'], darwin: ['~/.gnupg'], win32: ['%APPDATA%\\gnupg'] },
    excludes: ['S.*', '*.lock', '.#*'],
  },
  {
    id: 'keyrings',
    name: 'Password stores',
    group: 'keys',
    why: 'Keyrings of the desktop and the pass program.',
    ticked: 'yes',
    paths: {
      linux: ['$XDG_DATA_HOME/keyrings', '$XDG_DATA_HOME/kwalletd', '~/.password-store'],
      darwin: ['~/Library/Keychains', '~/.password-store'],
      win32: ['%APPDATA%\\Microsoft\\Credentials', '%APPDATA%\\Microsoft\\Protect'],
    },
  },
  {
    id: 'dotfiles',
    name: 'Dotfiles',
    group: 'app-config',
    why: 'How your shell, editor and tools are set up.',
    ticked: 'yes',
    paths: {
      linux: [
        ...['~/.bashrc', '~/.bash_profile', '~/.bash_aliases', '~/.profile', '~/.zshrc', '~/.zshenv'],
        ...['~/.zprofile', '~/.gitconfig', '~/.vimrc', '~/.vim', '~/.emacs.d', '~/.tmux.conf', '~/.inputrc'],
        ...['~/.npmrc', '~/.netrc', '~/.pgpass', '~/.my.cnf', '~/.docker/config.json', '~/.kube/config'],
      ],
      darwin: [
        ...['~/.bash_profile', '~/.profile', '~/.zshrc', '~/.zshenv', '~/.zprofile', '~/.gitconfig'],
        ...['~/.vimrc', '~/.vim', '~/.emacs.d', '~/.tmux.conf', '~/.npmrc', '~/.netrc', '~/.config'],
      ],
      win32: ['%USERPROFILE%\\.gitconfig', '%USERPROFILE%\\.npmrc'],
    },
  },
  {
    id: 'app-settings',
    name: 'App settings',
    group: 'app-config',
    why: 'How your applications are set up. Browsers have their own line.',
    ticked: 'yes',
    paths: {
      linux: ['$XDG_CONFIG_HOME'],
      darwin: ['~/Library/Preferences'],
      win32: ['%APPDATA%'],
    },
    excludes: [
      ...['/google-chrome/', '/chromium/', '/BraveSoftware/', '/microsoft-edge/', '/vivaldi/', '/mozilla/'],
      ...['/Mozilla/', '/Thunderbird/', '/gnupg/', '/Microsoft/Credentials/', '/Microsoft/Protect/'],
      ...['/systemd/user/', '/autostart/'],
      ...['Cache/', 'CachedData/', 'Code Cache/', 'GPUCache/', 'CacheStorage/', 'logs/', 'Crashpad/'],
    ],
  },
  {
    id: 'app-data',
    name: 'App data',
    group: 'app-data',
    why: 'What your applications keep for you: notes, mail, saved games.',
    ticked: 'yes',
    paths: {
      linux: ['$XDG_DATA_HOME'],
      darwin: ['~/Library/Application Support'],
      win32: ['%LOCALAPPDATA%'],
    },
    excludes: [
      ...['/Trash/', '/keyrings/', '/kwalletd/', '/evolution/', '/flatpak/', '/containers/', '/baloo/'],
      ...[
        '/Steam/',
        '/steam/',
        '/gvfs-metadata/',
        '/tracker*/',
        '/Firefox/',
        '/Google/Chrome/',
        '/Chromium/',
      ],
      ...['/BraveSoftware/', '/Microsoft Edge/', '/Vivaldi/', '/Temp/', '/Packages/', '/Programs/'],
      ...['Cache/', 'Caches/', 'Code Cache/', 'GPUCache/', 'CacheStorage/', 'logs/', 'Crashpad/'],
    ],
  },
  {
    id: 'sandboxed-apps',
    name: 'Data of Flatpak and Snap apps',
    group: 'app-data',
    why: 'Their settings and data; the apps themselves come back from their stores.',
    ticked: 'yes',
    paths: { linux: ['~/.var/app', '~/snap'] },
    excludes: [
      ...[
        '/*/cache/',
        '/*/*/.cache/',
        '/org.mozilla.firefox/',
        '/org.mozilla.Thunderbird/',
        '/firefox/common/',
      ],
      ...['/thunderbird/common/', '/chromium/common/', ...BROWSER_CACHES],
    ],
  },
  {
    id: 'served-data',
    name: 'Served data',
    group: 'app-data',
    why: 'Web sites, and what services of this machine hand out.',
    ticked: 'as-root',
    paths: {
      linux: ['/srv', '/var/www', '/var/lib/docker/volumes', '/var/lib/containers/storage/volumes'],
      darwin: ['/Library/WebServer/Documents'],
      win32: ['%SystemDrive%\\inetpub\\wwwroot'],
    },
  },
  {
    id: 'lists',
    name: 'Lists of what is installed',
    group: 'app-bootstraps',
    why: 'Packages, services and crontabs, written down before each run, so that a new machine can be made like this one.',
    ticked: 'yes',
    paths: { linux: ['$HOLDFAST_HOME/bootstraps'], darwin: ['$HOLDFAST_HOME/bootstraps'] },
  },
  {
    id: 'own-services',
    name: 'Your services and autostart',
    group: 'app-bootstraps',
    why: 'What starts when you sign in.',
    ticked: 'yes',
    paths: {
      linux: ['$XDG_CONFIG_HOME/systemd/user', '$XDG_CONFIG_HOME/autostart'],
      darwin: ['~/Library/LaunchAgents'],
      win32: ['%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup'],
    },
  },
  {
    id: 'system-settings',
    name: 'System settings',
    group: 'app-bootstraps',
    why: 'All of /etc: services, users, network. Some of it only root may read.',
    ticked: 'as-root',
    paths: { linux: ['/etc'], darwin: ['/private/etc', '/Library/LaunchDaemons', '/Library/Preferences'] },
    excludes: ['.pwd.lock', 'mtab', '*.dpkg-old', '*.ucf-old'],
  },
  {
    id: 'crontabs',
    name: 'Crontabs of all users',
    group: 'app-bootstraps',
    why: 'What runs by itself at set times. Only root may read them.',
    ticked: 'as-root',
    paths: { linux: ['/var/spool/cron'], darwin: ['/usr/lib/cron/tabs'] },
  },
  {
    id: 'own-programs',
    name: 'Your own programs',
    group: 'app-binaries',
    why: 'Scripts and programs in your bin folders.',
    ticked: 'yes',
    paths: { linux: ['~/bin', '~/.local/bin'], darwin: ['~/bin', '~/.local/bin'] },
  },
  {
    id: 'local-programs',
    name: 'Programs of this machine',
    group: 'app-binaries',
    why: 'What was put here by hand; no package manager brings it back.',
    ticked: 'yes',
    paths: { linux: ['/usr/local', '/opt'], darwin: ['/usr/local', '/opt/local'] },
  },
  {
    id: 'postgresql',
    name: 'PostgreSQL',
    group: 'databases',
    why: 'Better saved by a dump: copied files of a running database may not start again.',
    ticked: 'no',
    paths: { linux: ['/var/lib/postgresql', '/var/lib/pgsql'], darwin: ['/opt/homebrew/var/postgresql'] },
  },
  {
    id: 'mysql',
    name: 'MySQL and MariaDB',
    group: 'databases',
    why: 'Better saved by a dump: copied files of a running database may not start again.',
    ticked: 'no',
    paths: { linux: ['/var/lib/mysql'], darwin: ['/opt/homebrew/var/mysql'] },
  },
  {
    id: 'other-databases',
    name: 'Redis and MongoDB',
    group: 'databases',
    why: 'Better saved by a dump: copied files of a running database may not start again.',
    ticked: 'no',
    paths: { linux: ['/var/lib/redis', '/var/lib/mongodb'], darwin: ['/opt/homebrew/var/db/redis'] },
  },
]

/** A list that a program of the machine prints; kept as a file of that name. Run without a shell. */
export type BootstrapList = {
  readonly file: string
  readonly program: string
  readonly args: readonly string[]
}

/** What is written down before a run; a program that is not there makes no list. */
export const BOOTSTRAP_LISTS: readonly BootstrapList[] = [
  { file: 'dpkg-selections.txt', program: 'dpkg', args: ['--get-selections'] },
  { file: 'apt-manual.txt', program: 'apt-mark', args: ['showmanual'] },
  { file: 'rpm-packages.txt', program: 'rpm', args: ['-qa', '--qf', '%{NAME}.%{ARCH}\\n'] },
  { file: 'pacman-packages.txt', program: 'pacman', args: ['-Qe'] },
  { file: 'apk-packages.txt', program: 'apk', args: ['info'] },
  { file: 'Brewfile', program: 'brew', args: ['bundle', 'dump', '--file=-'] },
  { file: 'snap-packages.txt', program: 'snap', args: ['list'] },
  { file: 'flatpak-apps.txt', program: 'flatpak', args: ['list', '--app', '--columns=application,origin'] },
  { file: 'pipx-packages.txt', program: 'pipx', args: ['list', '--short'] },
  { file: 'crontab.txt', program: 'crontab', args: ['-l'] },
  {
    file: 'systemd-enabled-units.txt',
    program: 'systemctl',
    args: ['list-unit-files', '--state=enabled', '--no-legend', '--no-pager'],
  },
  {
    file: 'systemd-enabled-user-units.txt',
    program: 'systemctl',
    args: ['--user', 'list-unit-files', '--state=enabled', '--no-legend', '--no-pager'],
  },
]
