/** How texts become a body. Everything is ASCII, so that its length is its number of bytes. */
export interface Frame {
  readonly open: string;
  readonly separator: string;
  readonly close: string;
}

/** A body that is being made of chunks: texts, or bytes. */
export interface Body<Chunk extends string | Uint8Array = string> {
  /** Whether there is no chunk yet. */
  readonly empty: boolean;
  /** How many bytes the body would have with one more chunk of so many bytes. */
  sizeWith(bytes: number): number;
  add(chunk: Chunk, bytes: number): void;
  /** The whole body. Nothing can be added afterwards. */
  finish(): Chunk;
}

/** How many texts are kept apart: V8 keeps each as a tree of its parts, all of which the garbage collector moves. */
const textsApart = 256;

/** A body of texts in a frame, with separators between them. */
export class TextBody implements Body {
  readonly #frame: Frame;
  #texts: string[] = [];
  /** How many of them are joined ones. */
  #joined = 0;
  #bytes: number;

  constructor(frame: Frame) {
    this.#frame = frame;
    this.#bytes = frame.open.length + frame.close.length;
  }

  get empty(): boolean {
    return this.#texts.length === 0;
  }

  sizeWith(bytes: number): number {
    return this.#bytes + bytes + (this.empty ? 0 : this.#frame.separator.length);
  }

  add(text: string, bytes: number): void {
    this.#bytes = this.sizeWith(bytes);
    this.#texts.push(text);
    if (this.#texts.length - this.#joined < textsApart) return;
    this.#texts.push(this.#texts.splice(this.#joined).join(this.#frame.separator));
    this.#joined++;
  }

  finish(): string {
    const { open, separator, close } = this.#frame;
    return open + this.#texts.join(separator) + close;
  }
}

/** A body of bytes behind a head that every body begins with. */
export class BinaryBody implements Body<Uint8Array> {
  readonly #chunks: Uint8Array[];
  #bytes: number;

  constructor(head: Uint8Array = new Uint8Array()) {
    this.#chunks = [head];
    this.#bytes = head.length;
  }

  get empty(): boolean {
    return this.#chunks.length === 1;
  }

  sizeWith(bytes: number): number {
    return this.#bytes + bytes;
  }

  add(chunk: Uint8Array, bytes: number): void {
    this.#bytes += bytes;
    this.#chunks.push(chunk);
  }

  finish(): Uint8Array {
    const body = new Uint8Array(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    return body;
  }
}
