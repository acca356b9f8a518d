import { createHash } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatPlace, HoldfastError, type VaultPlace } from '@holdfast/domain'
import { makePrivateDir } from './home.ts'
import { systemCode } from './system-error.ts'

/**
 * Takes a place of a second copy for this process, so that the agent and commands of one home never copy to it at once.
 * COPY_RUNNING while the process that holds it lives; what a dead one left is taken over.
 */
export function lockPlace(home: string, place: VaultPlace): Disposable {
  const dir = join(home, 'copies')
  makePrivateDir(dir)
  const name = placeName(place)
  const file = join(dir, `${name}.lock`)
  const draft = join(dir, `${name}.${process.pid}`)
  writeFileSync(draft, String(process.pid), { mode: 0o600 })
  try {
    // Under its final name it is there with its content, or not at all.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (linked(draft, file)) return { [Symbol.dispose]: () => rmSync(file, { force: true }) }
      const holder = Number(readIfThere(file))
      if (holder > 0 && isAlive(holder)) break
      rmSync(file, { force: true })
    }
  } finally {
    rmSync(draft, { force: true })
  }
  throw new HoldfastError('COPY_RUNNING', `A copy to ${formatPlace(place)} is under way already.`)
}

/** A file name that stands for a place. */
export function placeName(place: VaultPlace): string {
  return createHash('sha256').update(formatPlace(place)).digest('hex').slice(0, 32)
}

function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process may not be asked, but it is there.
    return systemCode(error) === 'EPERM'
  }
}
