import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const POLICY = '/usr/sbin/policy-rc.d'

/** The full path of a program, looked up on PATH and where Debian keeps servers; undefined when it is not there. */
export function findProgram(name, path = process.env.PATH ?? '') {
  for (const folder of [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin']) {
    if (folder === '') continue
    try {
      accessSync(join(folder, name), constants.X_OK)
      return join(folder, name)
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'EACCES' && error.code !== 'ENOTDIR') throw error
    }
  }
  return undefined
}

/** Those of `wanted` ({ name, sign, why }) whose sign (a program's name or a file's full path) is not on this machine. */
export function missingPackages(wanted) {
  return wanted.filter(({ sign }) =>
    sign.startsWith('/') ? !existsSync(sign) : findProgram(sign) === undefined,
  )
}

/** True where `installDebianPackages` can work: root on a system with apt-get. */
export function canInstallDebianPackages() {
  return process.getuid?.() === 0 && findProgram('apt-get') !== undefined
}

/** Installs packages with apt-get; no server that comes along is started. Throws an Error with a sentence. */
export function installDebianPackages(names) {
  const blockStart = !existsSync(POLICY)
  // A server that a test needs runs only inside that test: this is Debian's way to keep apt from starting it.
  if (blockStart) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    apt(['update', '--quiet=2'])
    apt(['install', '--quiet=2', '--yes', '--no-install-recommends', ...names])
  } finally {
    if (blockStart) rmSync(POLICY)
  }
}

function apt(args) {
  const ran = spawnSync('apt-get', args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (ran.status !== 0) throw new Error(`apt-get ${args[0]} failed; its words stand above.`)
}
