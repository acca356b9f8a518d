import { writeFileSync } from 'node:fs'

/** Writes an rclone configuration with these remotes, by option. */
export function writeRemotes(file: string, remotes: Record<string, Record<string, string>>): void {
  const sections = Object.entries(remotes).map(([name, options]) =>
    [`[${name}]`, ...Object.entries(options).map(([key, value]) => `${key} = ${value}`), ''].join('\n'),
  )
  writeFileSync(file, sections.join('\n'), { mode: 0o600 })
}
