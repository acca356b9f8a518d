// `npm test`: installs what the tests need, runs every gate and every suite whatever the ones before said, and ends
// with one line. `npm test -- packages/vault` runs only the tests under that path. Plain JavaScript for Node 20.
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { buildWeb } from './build-web.mjs'
import { canInstallDebianPackages, installDebianPackages, missingPackages } from './debian-packages.mjs'
import { installDependencies } from './install-dependencies.mjs'
import { runStep } from './run-step.mjs'
import { ERRORS_FILE } from './unhandled-errors.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const results = join(root, 'test-results')
const filters = process.argv.slice(2)

/** What the tests run against: Debian's name, the program or file that shows it is there, and what it is for. */
const NEEDED = [
  { name: 'rclone', sign: 'rclone', why: 'carries the data' },
  { name: 'chromium', sign: 'chromium', why: 'shows the screens' },
  { name: 'openssh-server', sign: 'sshd', why: 'an SFTP remote' },
  { name: 'openssh-sftp-server', sign: '/usr/lib/openssh/sftp-server', why: 'an SFTP remote' },
  { name: 'nginx', sign: 'nginx', why: 'a WebDAV remote' },
  {
    name: 'libnginx-mod-http-dav-ext',
    sign: '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so',
    why: 'a WebDAV remote',
  },
  { name: 'zstd', sign: 'zstd', why: 'opens packs without Holdfast' },
  { name: 'openssl', sign: 'openssl', why: 'opens vaults without Holdfast' },
  { name: 'python3', sign: 'python3', why: 'opens vaults without Holdfast' },
  { name: 'poppler-utils', sign: 'pdftoppm', why: 'reads what is printed' },
  {
    name: 'postgresql',
    sign: '/usr/lib/postgresql/15/bin/initdb',
    why: 'a database to dump',
  },
  { name: 'mariadb-server', sign: 'mariadbd', why: 'a database to dump' },
  { name: 'libnss3-tools', sign: 'certutil', why: 'makes a browser trust a certificate' },
  {
    name: 'bash-completion',
    sign: '/usr/share/bash-completion/bash_completion',
    why: 'completes commands',
  },
  { name: 'zsh', sign: 'zsh', why: 'completes commands' },
  { name: 'fish', sign: 'fish', why: 'completes commands' },
  { name: 'systemd', sign: 'systemd-analyze', why: 'starts the agent, and reads its units' },
  { name: 'tmux', sign: 'tmux', why: 'a terminal to show `holdfast top` in' },
  { name: 'util-linux', sign: 'setpriv', why: 'ends rclone with its parent' },
]

const GATES = [
  { title: 'Format and lint (biome)', command: ['biome', 'check', '--error-on-warnings', '.'] },
  {
    title: 'Promises and switches (oxlint, type-aware)',
    command: ['oxlint', '--type-aware', '--deny-warnings'],
  },
  { title: 'Types of the scripts (tsc)', command: ['tsc', '--noEmit'] },
  {
    title: 'Types of every workspace (turbo, tsc)',
    command: ['turbo', 'run', 'typecheck', '--continue', '--output-logs=errors-only'],
  },
  { title: 'Walls', command: ['node', 'scripts/check-walls.ts'] },
  { title: 'Dead code (knip)', command: ['knip', '--no-progress'] },
]

const total = { passed: 0, failed: 0, skipped: 0 }
const failures = []
const notes = []

try {
  const path = installDependencies(root)
  installTestPackages()
  runStep(root, path, ['node', 'scripts/generate-prisma.mjs'])
  rmSync(results, { recursive: true, force: true })
  mkdirSync(results, { recursive: true })
  if (filters.length > 0) runSuite(path, 'Tests', ['--project', 'unit', ...filters])
  else runEverything(path)
  for (const note of notes) console.log(note)
  for (const failure of failures) console.log(`failed: ${failure}`)
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`)
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function runEverything(path) {
  for (const gate of GATES) count(gate.title, () => runStep(root, path, gate.command))
  runSuite(path, 'Tests beside the code', ['--project', 'unit'])
  const built = count('Screens (next build)', () => buildWeb(root, path))
  if (built) runSuite(path, 'End to end in Chromium', ['--project', 'e2e', '--passWithNoTests=false'])
}

/** Runs one gate, counts it as one test, and says whether it passed. */
function count(title, work) {
  console.log(`\n━━ ${title}`)
  try {
    work()
    total.passed += 1
    return true
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    total.failed += 1
    failures.push(title)
    return false
  }
}

/**
 * Runs one vitest project and adds up its tests; a file that could not even be loaded counts as one failure. Where the
 * process of a test file died in the middle, that file is run once more, and why it died is said at the end.
 */
function runSuite(path, title, args) {
  console.log(`\n━━ ${title}`)
  // Thousands of short-lived processes run the same code.
  process.env.NODE_COMPILE_CACHE = join(root, 'node_modules', '.cache', 'compiled')
  const first = runVitest(path, title, args)
  const died = first.files.filter(hasDied)
  const again = died.length > 0 && died.length <= 2
  const second = again
    ? runVitest(path, `${title} again`, [...args, ...died.map(({ name }) => name)])
    : undefined
  if (again) notes.push(...died.map(({ name }) => `run again: ${name}: ${first.errors.join('; ')}`))

  const files = second ? [...first.files.filter((file) => !hasDied(file)), ...second.files] : first.files
  const before = total.failed
  for (const file of files) addUp(file)
  // A runner that dies or meets an error outside every test must not pass for green.
  const ended = second ? second.ended && first.errors.length === died.length : first.ended
  if (!ended && total.failed === before) {
    total.failed += 1
    failures.push([title, ...first.errors].join(': '))
  }
}

/** Which tests there were, whether vitest ended well, and what went wrong outside every test. */
function runVitest(path, title, args) {
  const report = join(results, `${title.toLowerCase().replaceAll(' ', '-')}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  let ended = true
  try {
    const errors = `--reporter=${join(root, 'scripts', 'unhandled-errors.mjs')}`
    runStep(root, path, ['vitest', 'run', ...args, ...reporters, errors])
  } catch {
    // vitest has said what failed; the report below is counted.
    ended = false
  }
  return { ended, files: readJson(report)?.testResults ?? [], errors: readJson(ERRORS_FILE) ?? [] }
}

/** True for a file some of whose tests have no end, though none of them failed. */
function hasDied({ status, assertionResults: tests }) {
  const pending = tests.some((test) => test.status === 'pending')
  return status === 'failed' && pending && tests.every((test) => test.status !== 'failed')
}

function addUp({ name, status, assertionResults: tests }) {
  const failed = tests.filter((test) => test.status === 'failed')
  total.passed += tests.filter((test) => test.status === 'passed').length
  total.skipped += tests.filter((test) =>
    ['skipped', 'pending', 'todo', 'disabled'].includes(test.status),
  ).length
  total.failed += failed.length
  failures.push(...failed.map((test) => `${test.fullName}${beginningOf(test.failureMessages)}`))
  if (status === 'failed' && failed.length === 0) {
    total.failed += 1
    failures.push(name)
  }
}

/** Why a test failed, under its name: where only the end of a long output is kept, the reason is there. */
function beginningOf(messages) {
  const lines = stripVTControlCharacters(messages.join('\n')).split('\n')
  const telling = lines.filter((line) => line.trim() && !/node_modules|node:internal|<anonymous>/.test(line))
  return telling
    .slice(0, 12)
    .map((line) => `\n  ${line.slice(0, 300)}`)
    .join('')
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function installTestPackages() {
  const missing = missingPackages(NEEDED)
  if (missing.length === 0) return
  const list = missing.map(({ name, why }) => `${name} (${why})`).join(', ')
  if (!canInstallDebianPackages())
    throw new Error(
      `The tests need ${list}. As root: apt-get install ${missing.map(({ name }) => name).join(' ')}; then run npm test again.`,
    )
  console.log(`Installing from Debian what the tests need: ${list} …`)
  installDebianPackages(missing.map(({ name }) => name))
}
