// The reading half of XML-RPC: against saxes for well-formedness, against attacks, and value by value.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { encodeCall, encodeResult } from './codec.ts'
import { MalformedError } from './errors.ts'
import { decodeMessage } from './reader.ts'
import { knownNames, scanXml } from './scanner.ts'

const decode = (text: string): unknown => {
  const message = decodeMessage(Buffer.from(text))
  assert.equal(message.kind, 'result')
  return message.kind === 'result' ? message.value : undefined
}
const answer = (value: string): string =>
  `<methodResponse><params><param><value>${value}</value></param></params></methodResponse>`
const refused = (text: string, pattern?: RegExp): void => {
  assert.throws(
    () => decodeMessage(Buffer.from(text)),
    (error) => error instanceof MalformedError && (pattern?.test(error.message) ?? true),
    text.slice(0, 200),
  )
}

/** What a parser reports, text runs joined. */
function eventsOf(run: (emit: (event: string) => void) => void): string[] | undefined {
  const events: string[] = []
  let text = ''
  const flush = (): void => {
    if (text !== '') events.push(`text ${text}`)
    text = ''
  }
  try {
    run((event) => {
      if (event.startsWith('text ')) text += event.slice(5)
      else {
        flush()
        events.push(event)
      }
    })
    return events
  } catch {
    return undefined
  }
}

function scanned(xml: string): string[] | undefined {
  return eventsOf((emit) =>
    scanXml(
      xml,
      {
        wantsText: true,
        open: (name) => emit(`open ${name}`),
        text: (text) => emit(`text ${text}`),
        close: (name) => emit(`close ${name}`),
      },
      knownNames(['value', 'int']),
    ),
  )
}

function parsed(xml: string): string[] | undefined {
  return eventsOf((emit) => {
    const parser = new SaxesParser({ position: false })
    let depth = 0
    parser.on('opentag', (tag) => {
      depth += 1
      emit(`open ${tag.name}`)
    })
    parser.on('closetag', (tag) => {
      depth -= 1
      emit(`close ${tag.name}`)
    })
    const text = (part: string): void => {
      if (depth > 0 && part !== '') emit(`text ${part}`)
    }
    parser.on('text', text)
    parser.on('cdata', text)
    parser.on('doctype', () => {
      throw new Error('doctype')
    })
    parser.on('error', (error) => {
      throw error
    })
    parser.write(xml).close()
  })
}

const piece = fc.oneof(
  fc.constantFrom(
    '<value>',
    '</value>',
    '<int>',
    '</int>',
    '<a b="c">',
    "<a b='<'>",
    '</a >',
    '<e/>',
    '<e />',
    '<!-- note -->',
    '<!-- a -- b -->',
    '<![CDATA[<&]]>',
    ']]>',
    '&amp;',
    '&#65;',
    '&#x41;',
    '&#0;',
    '&#xD800;',
    '&nope;',
    '&',
    '<?pi x?>',
    "<?xml version='1.0'?>",
    '<!DOCTYPE x>',
    '<',
    '>',
    '\r\n',
    '\r',
    '\n',
    '\u0001',
    '\ufffe',
  ),
  fc.string({ maxLength: 6 }),
)

describe('the XML scanner', () => {
  test('reports what saxes reports, and refuses what saxes refuses', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, wrapped) => {
        const xml = wrapped ? `<a>${pieces.join('')}</a>` : pieces.join('')
        // An attribute twice is an error that the scanner, which drops attributes, does not look for.
        const theirs = parsed(xml)
        assert.deepEqual(scanned(xml), theirs)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('XML-RPC values', () => {
  test('what was written is read back', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        // Whole numbers beyond 32 bits are refused, unless they are doubles anyway.
        fc
          .double({ noNaN: true, noDefaultInfinity: true })
          .filter((number) => !Number.isSafeInteger(number) || number === (number | 0)),
        fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => {
          date.setMilliseconds(0)
          return date
        }),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'grapheme-ascii' }), tie('any'), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    })).any
    fc.assert(
      fc.property(value, (given) => {
        assert.deepEqual(decode(encodeResult(given)), given)
      }),
      { numRuns: 500 },
    )
  })

  test('each type is read as liberally as Python reads it', () => {
    const cases: [string, unknown][] = [
      ['<int> 42 </int>', 42],
      ['<i4>-1</i4>', -1],
      ['<i8>9007199254740993</i8>', 9007199254740993n],
      ['<i8>-0</i8>', 0],
      ['<biginteger>12</biginteger>', 12],
      ['<boolean>1</boolean>', true],
      ['<double>-1.5e3</double>', -1500],
      ['<double>inf</double>', Number.POSITIVE_INFINITY],
      ['<double>nan</double>', Number.NaN],
      ['<string>a&lt;b</string>', 'a<b'],
      ['<string></string>', ''],
      ['bare text', 'bare text'],
      ['', ''],
      ['<nil/>', null],
      ['<ex:nil xmlns:ex="http://example.org/"/>', null],
      ['<base64> AAEC\n/w== </base64>', Buffer.from([0, 1, 2, 255])],
      [
        '<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>',
        new Date(Date.UTC(1998, 6, 17, 14, 8, 55)),
      ],
      [
        '<dateTime.iso8601>1998-07-17T14:08:55.5Z</dateTime.iso8601>',
        new Date(Date.UTC(1998, 6, 17, 14, 8, 55, 500)),
      ],
      [
        '<dateTime.iso8601>19980717T14:08:55+0200</dateTime.iso8601>',
        new Date(Date.UTC(1998, 6, 17, 12, 8, 55)),
      ],
      ['<array><data/></array>', []],
      ['<struct/>', {}],
      ['<string><![CDATA[<&>]]></string>', '<&>'],
    ]
    for (const [xml, expected] of cases) assert.deepEqual(decode(answer(xml)), expected, xml)
  })

  test('a key may be called __proto__ and changes no prototype', () => {
    const struct =
      '<struct><member><name>__proto__</name><value><int>1</int></value></member></struct>'
    const value = decode(answer(struct)) as object
    assert.deepEqual(Object.keys(value), ['__proto__'])
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
  })

  test('other encodings are read by their declaration', () => {
    const xml = `<?xml version="1.0" encoding="ISO-8859-1"?>${answer('gr\u00fc\u00dfe')}`
    const message = decodeMessage(Buffer.from(xml, 'latin1'))
    assert.deepEqual(message, { kind: 'result', value: 'gr\u00fc\u00dfe' })
    refused(`<?xml version="1.0" encoding="klingon"?>${answer('x')}`, /klingon/)
  })

  test('what is no value is refused', () => {
    for (const xml of [
      '<boolean>2</boolean>',
      '<int>1.5</int>',
      '<int></int>',
      '<int>0x10</int>',
      '<double>1,5</double>',
      '<base64>@@@</base64>',
      '<dateTime.iso8601>yesterday</dateTime.iso8601>',
      '<nil>1</nil>',
      '<wat>1</wat>',
      '<int>1</int><int>2</int>',
      '<int>1</int>text',
      '<struct><member><name>a</name></member></struct>',
      '<struct><member><value>1</value></member></struct>',
      '<array></array>',
      `<int>${'9'.repeat(50_000)}</int>`,
    ]) {
      refused(answer(xml))
    }
  })

  test('what is no message is refused', () => {
    for (const xml of [
      '',
      ' ',
      'text',
      '<a/>',
      '<methodCall/>',
      '<methodCall><params/></methodCall>',
    ]) {
      refused(xml)
    }
    refused(answer('<int>1</int>').replace('</methodResponse>', ''))
    refused(`${answer('<int>1</int>')}<x/>`)
    refused(answer('<int>1</int>').replace('</params>', '<param><value>2</value></param></params>'))
  })
})

describe('XML-RPC attacks', () => {
  const soon = (run: () => void): void => {
    const start = performance.now()
    run()
    const tookMs = performance.now() - start
    assert.ok(tookMs < 2000, `${tookMs} ms`)
  }

  test('entities are refused, internal, external and nested', () => {
    const laughs = `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(100)}"><!ENTITY b "&a;&a;">]>`
    soon(() => refused(`${laughs}${answer('<string>&b;</string>')}`, /document type/))
    refused(`<!DOCTYPE x SYSTEM "file:///etc/passwd">${answer('')}`, /document type/)
    refused(answer('<string>&xxe;</string>'), /entity/)
  })

  test('depth is limited', () => {
    const nested = (depth: number): string =>
      `${'<array><data><value>'.repeat(depth)}1${'</value></data></array>'.repeat(depth)}`
    assert.doesNotThrow(() => decode(answer(nested(128))))
    refused(answer(nested(129)), /deep/)
    soon(() => refused(answer(nested(200_000)), /deep/))
    soon(() => refused('<a>'.repeat(1_000_000)))
  })

  test('the number of values and attributes is limited', () => {
    const many = `<array><data>${'<value/>'.repeat(101)}</data></array>`
    const few = { valuesMax: 100 }
    assert.throws(() => decodeMessage(Buffer.from(answer(many)), few), /more than 100 values/)
    const attributes = Array.from({ length: 200_000 }, (_, i) => ` a${i}="x"`).join('')
    soon(() => refused(answer(`<int${attributes}>1</int>`), /attributes/))
  })

  test('a megabyte of anything is read in time', () => {
    const text = 'x&amp;'.repeat(200_000)
    soon(() => assert.equal((decode(answer(`<string>${text}</string>`)) as string).length, 400_000))
    soon(() => refused(answer(`<string>${'<'.repeat(1_000_000)}</string>`)))
    soon(() => refused(answer(`<string>${'&'.repeat(1_000_000)}</string>`)))
    soon(() => refused(`<?xml ${' '.repeat(1_000_000)}`))
  })
})

test('calls keep their arguments in order', () => {
  const message = decodeMessage(Buffer.from(encodeCall('a.b', [1, 'x', null])))
  assert.deepEqual(message, { kind: 'call', method: 'a.b', args: [1, 'x', null] })
})
