export interface Document {
  id: string;
  title: string;
  text: string;
}
