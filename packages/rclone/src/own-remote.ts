import type { Random } from '@holdfast/vault/ports'

/** True for names that Holdfast gives to remotes of its own: nobody chooses those as a place, and no error names them. */
export function isOwnRemote(name: string): boolean {
  return /^hf(vault[0-9a-f]{16}|-((new|draft|copy)-)?[0-9a-f]{8})$/.test(name)
}

/** A name for the crypt remote of one run, which no remote of somebody's has: theirs would hide ours, or ours theirs. */
export function drawCryptName(random: Random): string {
  return `hfvault${Buffer.from(random.bytes(8)).toString('hex')}`
}
