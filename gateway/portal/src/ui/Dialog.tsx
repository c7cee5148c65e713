import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import styles from "./Dialog.module.css";

interface DialogProps {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  /** An alert dialog asks before something that matters; Escape still leaves it. */
  asks?: boolean;
}

/** A modal; its children hold the buttons. */
export function Dialog({ title, open, onClose, children, asks = false }: DialogProps) {
  return (
    <ModalOverlay
      className={styles["veil"] ?? ""}
      isOpen={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      isDismissable={!asks}
    >
      <Modal className={styles["modal"] ?? ""}>
        <AriaDialog role={asks ? "alertdialog" : "dialog"} className={styles["dialog"] ?? ""}>
          <Heading slot="title" className={styles["title"] ?? ""}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The row of buttons at the end of a form or dialog. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className={styles["actions"]}>{children}</div>;
}
