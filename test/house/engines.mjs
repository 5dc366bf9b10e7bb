// Fetches the other versions of Node that tests compare with this one: npm run engines.
// They come to lie where engines.ts looks for them, outside of what belongs to the repository.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

const usual = fileURLToPath(new URL('../../node_modules/.cache/engines/', import.meta.url))
const folder = process.env.EAGRE_ENGINES ?? usual
for (const version of ['20', '22', '24']) {
  const into = join(folder, `node-${version}`)
  if (existsSync(join(into, 'bin/node'))) continue
  const scratch = join(folder, `fetching-${version}`)
  rmSync(scratch, { recursive: true, force: true })
  mkdirSync(scratch, { recursive: true })
  mkdirSync(into, { recursive: true })
  const name = `node-${process.platform}-${process.arch}@${version}`
  execFileSync('npm', ['pack', '--silent', name], { cwd: scratch, stdio: 'inherit' })
  const archive = readdirSync(scratch).find((file) => file.endsWith('.tgz'))
  const parts = ['--strip-components=1', '-C', into, 'package/bin/node']
  execFileSync('tar', ['-xzf', join(scratch, archive ?? ''), ...parts])
  rmSync(scratch, { recursive: true })
}
