/** Builds the page into `dist/studio`, with the graphs that come with it. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin, UserConfig } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))
const graphs = fileURLToPath(new URL('../../graphs/', import.meta.url))

const config: UserConfig = {
  root,
  base: './',
  build: {
    outDir: fileURLToPath(new URL('../../dist/studio', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 1000,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  plugins: [gallery()],
  logLevel: 'error',
}

export default config

/** Puts the graphs, their data and a list of them beside the page. */
function gallery(): Plugin {
  return {
    name: 'gallery',
    generateBundle() {
      const emit = (fileName: string, source: string) => {
        this.emitFile({ type: 'asset', fileName: `graphs/${fileName}`, source })
      }
      const files = readdirSync(graphs).filter((file) => file.endsWith('.yaml'))
      const list = files.map((file) => {
        const text = readFileSync(`${graphs}${file}`, 'utf8')
        emit(file, text)
        const description = /^description: (.*)$/m.exec(text)?.[1] ?? ''
        return { file, name: file.replace('.yaml', ''), description }
      })
      for (const file of readdirSync(`${graphs}data`)) {
        if (file.endsWith('.csv'))
          emit(`data/${file}`, readFileSync(`${graphs}data/${file}`, 'utf8'))
      }
      emit('index.json', JSON.stringify(list))
    },
  }
}
