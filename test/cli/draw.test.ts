import { expect, test } from 'vitest'
import { asDot, asMermaid, type Drawing } from '../../src/cli/draw.js'

const hostile: Drawing = {
  name: 'a"b\\c\nd',
  nodes: [
    { name: 'end', type: 'input', shape: [] },
    { name: '変数', type: 'weight', shape: [] },
    { name: 'f', type: 'gate', gate: 'x', formula: '"]-->|<script>`;#', shape: [] },
  ],
  wires: [
    { from: 'end', to: 'f', port: 0 },
    { from: '変数', to: 'f', port: 1 },
  ],
  loss: 'f',
  outputs: ['f'],
}

test('Mermaid takes any name and any formula as text', () => {
  expect(asMermaid(hostile)).toBe(`flowchart LR
  n0(["end"])
  n1[("変数")]
  n2("f<br/>#34;#93;--#62;#124;#60;script#62;#96;#59;#35;")
  n0 --> n2
  n1 --> n2
  classDef input fill:#dbeafe,stroke:#2563eb,color:#111
  classDef target fill:#fef3c7,stroke:#d97706,color:#111
  classDef weight fill:#dcfce7,stroke:#16a34a,color:#111
  classDef loss stroke:#dc2626,stroke-width:3px
  class n0 input
  class n1 weight
  class n2 loss
`)
})

test('DOT takes any name and any formula as text', () => {
  expect(asDot(hostile)).toBe(`digraph "a\\"b\\\\c\\nd" {
  rankdir=LR
  n0 [label="end", shape=ellipse]
  n1 [label="変数", shape=cylinder]
  n2 [label="f\\n\\"]-->|<script>\`;#", shape=box, penwidth=2]
  n0 -> n2
  n1 -> n2
}
`)
})
