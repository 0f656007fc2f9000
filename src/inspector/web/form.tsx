/** A form made from a JSON Schema. Fields that no form can show are written as JSON. */
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";
import {
  choicesOf,
  eventFieldsOf,
  type Field,
  fieldsOf,
  firstValue,
  type JsonSchema,
  type Problem,
  shapeOf,
  turnedInto,
  typeText,
  type Union,
  unionOf,
  variantOf,
  withoutNull,
} from "./schema.ts";

export interface FormProps {
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly problems: readonly Problem[];
  readonly onChange: (value: unknown) => void;
}

interface InputProps extends FormProps {
  readonly name: string;
  readonly path: string;
  readonly isRequired: boolean;
}

export function Form({ schema, value, problems, onChange }: FormProps): JSX.Element {
  const rest = { value, problems, path: "", onChange };
  const union = unionOf(schema);
  return union === undefined ? (
    <Fields {...rest} fields={eventFieldsOf(schema)} />
  ) : (
    <Variants {...rest} union={union} />
  );
}

interface VariantsProps extends Omit<FieldsProps, "fields"> {
  readonly union: Union;
}

/** First which kind it is, then the fields of that kind. */
function Variants({ union, ...rest }: VariantsProps): JSX.Element {
  const { value, path, onChange } = rest;
  const { field, variants } = union;
  const id = useId();
  const chosen = variantOf(union, value);
  return (
    <>
      <div class="field" data-field={path === "" ? field : `${path}.${field}`}>
        <label for={id}>
          <span class="mono">{field}</span>
          <small>which kind</small>
        </label>
        <select
          id={id}
          value={String(chosen === undefined ? 0 : variants.indexOf(chosen))}
          onChange={(event) => {
            const next = variants[Number(event.currentTarget.value)];
            if (next !== undefined) onChange(turnedInto(next.schema, field, value));
          }}
        >
          {variants.map(({ is }, i) => (
            <option key={String(is)} value={String(i)}>
              {String(is)}
            </option>
          ))}
        </select>
      </div>
      <Fields {...rest} fields={fieldsOf(chosen?.schema ?? {}).filter(({ name }) => name !== field)} />
    </>
  );
}

interface FieldsProps extends Omit<FormProps, "schema"> {
  readonly fields: readonly Field[];
  readonly path: string;
}

function Fields({ fields, value, problems, path, onChange }: FieldsProps): JSX.Element {
  const given = (value ?? {}) as Readonly<Record<string, unknown>>;
  const change = (name: string, next: unknown): void => {
    const { [name]: _, ...others } = given;
    onChange(next === undefined ? others : { ...given, [name]: next });
  };
  if (fields.length === 0) return <p class="quiet">This event has no fields.</p>;
  return (
    <div class="form">
      {fields.map(({ name, schema, isRequired }) => (
        <Input
          key={name}
          name={name}
          path={path === "" ? name : `${path}.${name}`}
          schema={schema}
          isRequired={isRequired}
          value={given[name]}
          problems={problems}
          onChange={(next) => change(name, next)}
        />
      ))}
    </div>
  );
}

function Input(props: InputProps): JSX.Element {
  const { name, path, schema, isRequired, problems } = props;
  const id = useId();
  const mine = problems.filter((problem) => problem.path === path);
  return (
    <div class="field" data-field={path}>
      <label for={id}>
        <span class="mono">{name}</span>
        <small>
          {typeText(schema)}
          {isRequired ? "" : ", optional"}
        </small>
      </label>
      <Control {...props} id={id} hasProblem={mine.length > 0} />
      {schema.description === undefined ? undefined : <small class="quiet">{schema.description}</small>}
      {mine.map(({ message }) => (
        <p key={message} class="field-error" id={`${id}-error`} role="alert">
          {name} {message}
        </p>
      ))}
    </div>
  );
}

interface ControlProps extends InputProps {
  readonly id: string;
  readonly hasProblem: boolean;
}

function Control(props: ControlProps): JSX.Element {
  const { id, path, schema, value, isRequired, problems, onChange, hasProblem } = props;
  const aria = { id, "aria-invalid": hasProblem, "aria-describedby": hasProblem ? `${id}-error` : undefined };
  switch (shapeOf(schema)) {
    case "text":
      return (
        <input
          {...aria}
          value={String(value ?? "")}
          onInput={(event) =>
            onChange(event.currentTarget.value === "" && !isRequired ? undefined : event.currentTarget.value)
          }
        />
      );
    case "number":
      return (
        <input
          {...aria}
          type="number"
          step="any"
          value={value === undefined ? "" : String(value)}
          onInput={(event) =>
            onChange(event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value))
          }
        />
      );
    case "boolean":
      return (
        <input
          {...aria}
          type="checkbox"
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "choice":
      return <Choice {...props} />;
    case "fields":
      return (
        <fieldset>
          <Fields
            fields={fieldsOf(withoutNull(schema))}
            value={value}
            problems={problems}
            path={path}
            onChange={onChange}
          />
        </fieldset>
      );
    case "union": {
      const union = unionOf(withoutNull(schema));
      return (
        <fieldset id={id}>
          {union === undefined ? undefined : <Variants {...{ union, value, problems, path, onChange }} />}
        </fieldset>
      );
    }
    case "list":
      return <List {...props} />;
    default:
      return <JsonText {...aria} value={value} onChange={onChange} />;
  }
}

function Choice({ id, schema, value, isRequired, onChange }: ControlProps): JSX.Element {
  const choices = choicesOf(schema);
  const at = choices.indexOf(value);
  return (
    <select
      id={id}
      value={at < 0 ? "" : String(at)}
      onChange={(event) => onChange(choices[Number(event.currentTarget.value)])}
    >
      {isRequired && at >= 0 ? undefined : <option value="">–</option>}
      {choices.map((choice, i) => (
        <option key={String(choice)} value={String(i)}>
          {String(choice)}
        </option>
      ))}
    </select>
  );
}

function List({ path, schema, value, problems, onChange }: ControlProps): JSX.Element {
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [];
  const inner = withoutNull(schema).items ?? {};
  return (
    <fieldset>
      {items.map((item, i) => (
        <div key={i} class="list-item">
          <Input
            name={String(i + 1)}
            path={`${path}[${i}]`}
            schema={inner}
            isRequired
            value={item}
            problems={problems}
            onChange={(next) => onChange(items.with(i, next))}
          />
          <button
            type="button"
            class="icon-button"
            aria-label={`Remove item ${i + 1}`}
            onClick={() => onChange(items.toSpliced(i, 1))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      <button type="button" class="button small" onClick={() => onChange([...items, firstValue(inner)])}>
        Add an item
      </button>
    </fieldset>
  );
}

interface JsonTextProps {
  readonly id?: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}

/** Says where the text is not JSON; the last good value stands meanwhile. */
export function JsonText({ value, onChange, ...rest }: JsonTextProps): JSX.Element {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const [failure, setFailure] = useState("");
  const change = (next: string): void => {
    setText(next);
    try {
      onChange(next.trim() === "" ? undefined : JSON.parse(next));
      setFailure("");
    } catch (cause) {
      setFailure(cause instanceof Error ? cause.message : String(cause));
    }
  };
  return (
    <>
      <textarea
        {...rest}
        class="mono"
        rows={Math.min(16, Math.max(3, text.split("\n").length + 1))}
        spellcheck={false}
        value={text}
        onInput={(event) => change(event.currentTarget.value)}
        aria-label={rest.id === undefined ? "JSON" : undefined}
      />
      {failure === "" ? undefined : (
        <p class="field-error" role="alert">
          {failure}
        </p>
      )}
    </>
  );
}
