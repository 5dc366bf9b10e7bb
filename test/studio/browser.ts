/** A real Chromium, where the machine has one. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** The path of a Chromium on this machine; `CHROMIUM` names another one. */
export function findChromium(): string | undefined {
  const given = process.env['CHROMIUM']
  if (given !== undefined && given !== '') return given
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync)
}

/** Why tests in a browser are skipped; absent where they are not. Said once. */
export function noChromium(): string | undefined {
  if (findChromium() !== undefined) return undefined
  const reason = 'there is no Chromium on this machine (set CHROMIUM to its path)'
  console.warn(`skipped: ${reason}`)
  return reason
}

/** Starts it. */
export function launch(): Promise<Browser> {
  const executablePath = findChromium()
  // In containers it runs as root, which its sandbox refuses.
  return chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] })
}
