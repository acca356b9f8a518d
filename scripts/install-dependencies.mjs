import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Brings node_modules in line with package-lock.json, and does nothing when it is. Runs on Node 20 with no package
 * installed yet; no lifecycle script of a package runs. Returns the PATH under which `node` is the Node 24 that came
 * along as a package. Throws an Error with a sentence for people.
 */
export function installDependencies(root) {
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20)
    throw new Error(
      `Holdfast needs Node 20 or newer to start; this is ${process.version}. Install a newer Node.js.`,
    )
  if (!isInstalled(root)) {
    console.log(
      'Installing the packages of package-lock.json (some 1,000, no install script of theirs runs) …',
    )
    // Not `npm ci`: it refuses a lock file that lacks another system's optional packages, which npm leaves out of
    // it where it can't see them. Nothing is saved, so the lock file stays as it is.
    const quiet = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
    const npm = spawnSync('npm', ['install', ...quiet], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    if (npm.status !== 0)
      throw new Error('npm install failed; its words stand above. Check the network, then run this again.')
  }
  const bin = join(root, 'node_modules', '.bin')
  if (!existsSync(join(bin, 'node')))
    throw new Error(
      `There is no Node 24 package for ${process.platform}-${process.arch} in this project yet.`,
    )
  return `${bin}:${process.env.PATH ?? ''}`
}

/**
 * True when node_modules holds exactly what package-lock.json asks for, another system's optional packages aside.
 * npm writes its own account of node_modules last, so it is missing after an install that was broken off.
 */
export function isInstalled(root) {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  const wanted = packagesOf(join(root, 'package-lock.json'))
  if (installed === undefined || wanted === undefined) return false
  return Object.entries(wanted).every(([place, entry]) => {
    const there = installed[place]
    if (there === undefined) return place === '' || entry.optional === true || entry.devOptional === true
    return there.version === entry.version && there.integrity === entry.integrity
  })
}

function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined
}
