import { readFileSync } from 'node:fs'
import type { VaultId } from '@holdfast/domain'

/** The README.txt of a vault: what it is, and how to get everything back without Holdfast. */
export function readmeText(vault: { id: VaultId; encrypted: boolean }): string {
  const script = readFileSync(new URL('./restore-script.py', import.meta.url), 'utf8')
  return `This folder is a Holdfast vault (format 1, ${vault.encrypted ? 'encrypted' : 'not encrypted'}, id ${vault.id}).
Do not change, rename or remove anything in it: each file is needed.

With Holdfast:      holdfast restore --from <this folder> --snapshot latest --to <new folder>

Without Holdfast you need rclone, zstd, tar, openssl and python3, all from any Linux distribution.

One snapshot, exactly: save the lines between the marks as restore.py and run

    python3 restore.py <this folder, or remote:path> latest <new folder>

It asks for the passphrase${vault.encrypted ? '' : ' only if the vault is encrypted, which this one is not'}. Instead of "latest" you can name a snapshot, <writer>-<number>,
as in the names under snaps/. It copies the vault's objects beside the new folder first: that needs as much space again.

Every version of every file, roughly: the packs are plain .tar.zst archives${vault.encrypted ? ' once rclone crypt has decrypted them (the script\nshows how the two crypt passwords come from the passphrase)' : ''}:

    find packs -name '*.tar.zst' -exec sh -c 'zstd -dc "$1" | tar x' _ {} \\;

---8<--- restore.py ---8<---
${script}---8<---
`
}
