// Parses bicep with its tree-sitter grammar and makes of it what the rules ask about: parameters, variables, resources,
// modules, outputs, and objects as maps.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Language, Parser } from "web-tree-sitter";

await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(readFileSync(fileURLToPath(import.meta.resolve("tree-sitter-bicep/tree-sitter-bicep.wasm")))));

// The grammar knows the `param name = value` of a parameters file only as `var`, which is as long with two more spaces.
function asGrammar(path, text) {
  return path.endsWith(".bicepparam") ? text.replace(/^param(?=\s+\w+\s*=)/gm, "var  ") : text;
}

function children(node) {
  return Array.from({ length: node.namedChildCount }, (_, i) => node.namedChild(i)).filter((child) => child.type !== "comment");
}

export function walk(node, visit) {
  visit(node);
  for (let i = 0; i < node.childCount; i++) {
    walk(node.child(i), visit);
  }
}

// The text of a string without interpolation, else undefined.
function literal(node) {
  if (node?.type !== "string" || children(node).some((part) => part.type !== "string_content")) {
    return undefined;
  }
  return children(node).map((part) => part.text).join("");
}

function place(path, node) {
  return `${path}:${node.startPosition.row + 1}`;
}

// What an object, array or anything else is: { node, text, literal?, properties?, items?, nested? }.
function valueOf(node) {
  const value = { node, text: node.text, literal: literal(node) };
  if (node.type === "number" || node.type === "boolean") {
    value.literal = node.text;
  }
  if (node.type === "object") {
    value.properties = new Map();
    value.nested = [];
    for (const property of children(node).filter((child) => child.type === "object_property")) {
      const [first, second] = children(property);
      if (first.type === "resource_declaration") {
        value.nested.push(first);
      } else {
        value.properties.set(literal(first) ?? first.text, valueOf(second));
      }
    }
  }
  if (node.type === "array") {
    value.items = children(node).map(valueOf);
  }
  return value;
}

// The value at a path such as "properties.features.0.flag"; undefined if there is none.
export function at(value, path) {
  return path.split(".").reduce((found, key) => found?.properties?.get(key) ?? found?.items?.[key], value);
}

function bodyOf(node) {
  return node.type === "if_statement" ? children(node).find((child) => child.type === "object") : node;
}

function readResource(file, node, parent) {
  const parts = children(node);
  const body = valueOf(bodyOf(parts.at(-1)));
  const [type, version] = literal(parts[1]).split("@");
  const resource = {
    symbol: parts[0].text,
    type: parent ? `${parent.type}/${type}` : type,
    version: version ?? parent?.version,
    existing: Array.from({ length: node.childCount }, (_, i) => node.child(i).type).includes("existing"),
    isNested: Boolean(parent) || body.properties.has("parent"),
    parent,
    body,
    place: place(file.path, node),
  };
  file.resources.push(resource);
  body.nested.forEach((nested) => readResource(file, nested, resource));
}

// Reads one file. Its `faults` are what the grammar does not accept.
export function read(path, text) {
  const tree = parser.parse(asGrammar(path, text));
  const file = {
    path, text, root: tree.rootNode, faults: [], using: undefined, params: new Map(), vars: new Map(), resources: [], modules: [], outputs: [],
  };
  walk(tree.rootNode, (node) => {
    if (node.isError || node.isMissing) {
      file.faults.push(`${place(path, node)} does not parse at '${node.text.slice(0, 40)}'${node.isMissing ? ` (${node.type} is missing)` : ""}`);
    }
  });
  if (file.faults.length > 0) {
    return file;
  }
  let decorators = new Map();
  for (const node of children(tree.rootNode)) {
    const parts = children(node);
    switch (node.type) {
      case "decorators":
        decorators = new Map(parts.map((decorator) => {
          const [name, args] = children(children(decorator)[0]);
          return [name.text, children(args).map(valueOf)];
        }));
        continue;
      case "using_statement":
        file.using = literal(parts[0]);
        break;
      case "parameter_declaration":
        file.params.set(parts[0].text, {
          name: parts[0].text,
          type: parts[1].text,
          isRequired: parts.length < 3 && !parts[1].text.endsWith("?"),
          isSecure: decorators.has("secure") || /^secure/i.test(parts[1].text),
          default: parts[2] && valueOf(parts[2]),
          allowed: decorators.get("allowed")?.[0].items.map((item) => item.literal),
          isDescribed: decorators.has("description"),
          place: place(path, node),
        });
        break;
      case "variable_declaration":
        file.vars.set(parts[0].text, valueOf(parts[1]));
        break;
      case "resource_declaration":
        readResource(file, node, undefined);
        break;
      case "module_declaration":
        file.modules.push({
          symbol: parts[0].text, path: literal(parts[1]), body: valueOf(bodyOf(parts[2])), place: place(path, node),
        });
        break;
      case "output_declaration":
        file.outputs.push({ name: parts[0].text, value: valueOf(parts[2]), place: place(path, node) });
        break;
    }
    decorators = new Map();
  }
  return file;
}

// The names that an expression uses: not those of properties, functions and types.
export function namesIn(node) {
  const names = [];
  const visit = (current) => {
    if (current.type === "identifier") {
      names.push(current.text);
      return;
    }
    const parts = children(current);
    if (current.type === "object_property" && parts[0].type !== "resource_declaration") {
      if (parts[0].type === "string") {
        visit(parts[0]);
      }
      visit(parts[1]);
    } else if (current.type === "call_expression" && parts[0].type === "identifier") {
      parts.slice(1).forEach(visit);
    } else if (["resource_declaration", "module_declaration", "variable_declaration", "parameter_declaration", "output_declaration"].includes(current.type)) {
      parts.slice(1).filter((part) => part.type !== "type").forEach(visit);
    } else if (current.type !== "decorators") {
      parts.forEach(visit);
    }
  };
  visit(node);
  return names;
}

// The functions that are called in a file, by name: `guid`, or `listKeys` of `account.listKeys()`.
export function calls(file) {
  const found = [];
  walk(file.root, (node) => {
    if (node.type === "call_expression") {
      const called = children(node)[0];
      const name = called.type === "member_expression" ? children(called).at(-1).text : called.text;
      found.push({ name, place: place(file.path, node) });
    }
  });
  return found;
}

// Every `module.outputs.name` in a file.
export function outputUses(file) {
  const found = [];
  walk(file.root, (node) => {
    const match = node.type === "member_expression" && /^(\w+)\.outputs\.(\w+)$/.exec(node.text);
    if (match) {
      found.push({ module: match[1], output: match[2], place: place(file.path, node) });
    }
  });
  return found;
}
