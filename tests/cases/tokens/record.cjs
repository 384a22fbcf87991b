// Writes counts.json: hard texts and what they count by the official port of tiktoken (npm package tiktoken, its Rust code as WASM), each held against
// js-tiktoken. Run in an empty folder outside of the repository:
//     npm install tiktoken@1.0.22 js-tiktoken@1.0.21 && node <repository>/tests/cases/tokens/record.cjs
// With the argument --check it writes nothing and fails where the recorded counts are not those of the installed packages.
"use strict";
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");
const here = createRequire(path.join(process.cwd(), "x.cjs"));
const { get_encoding } = here("tiktoken");
const { getEncoding } = here("js-tiktoken");

// splitmix32: the same texts in every run.
let state = 9;
function next(below) {
  state = (state + 0x9e3779b9) | 0;
  let z = state ^ (state >>> 16);
  z = Math.imul(z, 0x21f0aaad);
  z ^= z >>> 15;
  z = Math.imul(z, 0x735a2d97);
  z ^= z >>> 15;
  return (z >>> 0) % below;
}
const pick = items => items[next(items.length)];

const words = [
  "'s", "'S", "'re", "'RE", "'Ve", "'ll", "'lL", "'d", "'x", "'", "I'm", "DON'T", "can't've", "camelCase", "HTTPServer", "snake_case", "a'\u017f", "'\u017f", "'\u017fa",
  "\u017f", "\u212a", "\u01c5", "\u02b0", "\u00aa\u00ba", "Stra\u00dfe", "\u0130i", "\u0391\u03a3", "привет", "ПРИВЕТ", "日本語", "한국어", "ไทย", "العربية", "हिन्दी", "e\u0301", "\u0301",
  "\u20dd", "A\u0301B", "AあB", "AあBc", "あA", "\u0661\u0662\u0663\u0664", "Ⅷ", "½", "²", "1234567", "0x1F", "😀", "👩‍👩‍👧", "🏳️‍🌈", "𝐀𝐁", "𝐚𝐛", "𐐀𐐨", "𐐨", "𠀋", "𞤀𞤢", "𝟘𝟙𝟚𝟛", "𐄇𐄈",
  "\u{1e8d0}", "\u{e0100}", "\u{10ffff}", "\ue000", "\ufffd", "\ufeff", "\u200b", "\u00ad", "\0", " ", "  ", "   ", "\t", "\t\t ", "\n", "\r", "\r\n", "\r\n\r\n", " \n ", "\n\n  ", "\u00a0",
  "\u0085", "\u2028", "\u3000", "\v\f", "\x1c", "\u180e", "/", "//", "/\n/", "!\n/\n", "...", "—", "“”", "<|endoftext|>", "<|fim_prefix|>", "<|endofprompt|>", "{\"a\": [1, -2.5e3, null]}", "\\n",
  "\",\"", "----------------", "====", "the", " of", "compression", "antidisestablishmentarianism",
];

// A text is a list of strings, or of [string, times].
const texts = [
  [[" ", 200], "\n", ["\t", 900], "\nx"], [["a", 2000]], [["A", 2000]], [["ab", 1500]], [["aA", 2000]], [[" ", 2000]], [["\n", 2000]], [["\r\n", 2000]], [["\t", 2000]], [[" \t", 2000], "x"],
  [[" \n", 2000]], [["😀", 2000]], [["👩‍👩‍👧", 800]], [["日本語", 2000]], [["한", 2000]], [["ไทย", 2000]], [["e\u0301", 2000]], [["\u0301", 2000]], [["\u0640", 2000]], [["=", 2000]], [["-", 2000]],
  [["[", 2000]], [["{\"", 2000]], [["0", 2000]], [["\ufffd", 2000]], [["\0", 2000]], [["𝐀", 2000]], [["𠀋", 2000]], [["/", 2000]], [["\\", 2000]], [["ACGT", 2000]], [["deadbeef", 1200]],
  [["\u0fd5", 1000]], [["é", 2000]], [["я", 2000]], [["<|endoftext|>", 500]], ["x", [" ", 128], ["\n", 3], " "],
];
for (const letters of ["ab", "abcdefghijklmnopqrstuvwxyz", "ACGT", "etaoinshrdlu", "    \t\n", ".-_=#*/", "あいうえお", "אבגד", "😀😁😂", "aé😀"]) {
  const all = [...letters];
  for (const length of [40, 63, 64, 65, 66, 100, 129, 1023, 1024, 1025, 2000]) {
    texts.push([Array.from({ length }, () => pick(all)).join("")]);
  }
}
for (let i = 0; i < 700; i++) {
  texts.push(Array.from({ length: 1 + next(30) }, () => next(6) === 0 ? [pick(words), 2 + next(60)]
    : next(4) === 0 ? String.fromCodePoint(0x20 + next(0x5f)) : next(8) === 0 ? String.fromCodePoint(0xa0 + next(0x2f00)) : pick(words)));
}
// Characters of every block, each beside a letter, a digit and blanks.
for (let block = 0x80; block < 0x20000; block += 0x200) {
  if (block >= 0xd600 && block < 0xe000) continue;
  texts.push(Array.from({ length: 8 }, () => pick(["A{}b", " {}", "1{}2", "!{}a", "{}{}"]).replaceAll("{}", String.fromCodePoint(block + next(0x200)))));
}

const spell = text => text.map(part => typeof part === "string" ? part : part[0].repeat(part[1])).join("");
const file = path.join(__dirname, "counts.json");
const official = ["cl100k_base", "o200k_base"].map(name => get_encoding(name));
const other = ["cl100k_base", "o200k_base"].map(name => getEncoding(name));
let differ = 0;
const cases = texts.map(text => {
  const spelled = spell(text);
  const counts = official.map(encoding => encoding.encode(spelled, [], []).length);
  // Its regular expressions are those of the machine's JavaScript; its merging is quadratic.
  if (spelled.length < 1000 && other.some((encoding, i) => encoding.encode(spelled, [], []).length !== counts[i])) {
    differ++;
    console.error(`js-tiktoken differs: ${JSON.stringify(text).slice(0, 200)}`);
  }
  return { text, cl100k_base: counts[0], o200k_base: counts[1] };
});
const ascii = json => json.replace(/[\u007f-\uffff]/g, c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
const written = "[\n" + cases.map(one => ascii(JSON.stringify(one))).join(",\n") + "\n]\n";
console.log(`${cases.length} texts, ${differ} of them differ between the two packages`);
if (process.argv.includes("--check")) {
  const same = fs.readFileSync(file, "utf8") === written;
  console.log(same ? "the recorded counts are right" : "the recorded counts are others");
  process.exit(same ? 0 : 1);
}
fs.writeFileSync(file, written);
