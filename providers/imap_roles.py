"""What mail programs call their folders, for servers that do not say it themselves (RFC 6154).

Names are compared without regard to case. Within a role the earlier line wins: the names programs use most stand first.
"""

FOLDER_NAMES: dict[str, str] = {
    "drafts": """
        Drafts|Draft
        Entwürfe|Entwurf
        Brouillons|Brouillon
        Borradores|Borrador|Esborranys
        Bozze|Bozza
        Rascunhos|Rascunho
        Concepten|Concept
        Utkast
        Kladder|Udkast
        Luonnokset
        Kopie robocze|Szkice|Robocze
        Koncepty|Rozepsané
        Piszkozatok
        Ciorne|Schițe
        Черновики
        Чернетки
        Taslaklar
        Πρόχειρα|Πρόχειρο
        المسودات|مسودات
        טיוטות
        草稿|草稿箱|草稿匣
        下書き
        임시 보관함|임시보관함|초안
    """,
    "sent": """
        Sent|Sent Items|Sent Messages|Sent Mail|Sent-Mail|Outgoing
        Gesendet|Gesendete Objekte|Gesendete Elemente|Gesendete Nachrichten|Gesendete Mails|Gesendete E-Mails
        Éléments envoyés|Messages envoyés|Envoyés|Courrier envoyé|Objets envoyés|Envoyé
        Enviados|Elementos enviados|Mensajes enviados|Correo enviado|Enviats
        Posta inviata|Inviati|Inviata|Elementi inviati|Messaggi inviati
        Itens enviados|Mensagens enviadas|E-mails enviados|Enviadas
        Verzonden|Verzonden items|Verzonden berichten
        Skickat|Skickade objekt|Skickade
        Sendt|Sendte elementer|Sendt post|Sendte
        Lähetetyt|Lähetetyt viestit
        Wysłane|Elementy wysłane|Wysłane wiadomości
        Odeslaná pošta|Odeslané|Odeslaná
        Elküldött|Elküldött elemek|Elküldött üzenetek
        Trimise|Elemente trimise|Mesaje trimise
        Отправленные|Отправленные элементы|Исходящие
        Надіслані|Відправлені|Надіслане
        Gönderilmiş Öğeler|Gönderilmiş|Gönderilenler|Gönderilmiş Postalar
        Απεσταλμένα|Σταλμένα
        العناصر المرسلة|المرسلة|البريد المرسل|مرسل
        פריטים שנשלחו|נשלח|דואר שנשלח|דואר יוצא
        已发送|已发送邮件|已发邮件|已傳送|寄件備份|已寄出|寄件備份匣|已傳送的郵件
        送信済み|送信済みアイテム|送信済みメール
        보낸 편지함|보낸편지함|보낸 메일함|보낸메일함
    """,
    "archive": """
        Archive|Archives|Archived
        Archiv
        Archivé|Archivés
        Archivo|Archivados|Archivar
        Archivio|Archiviati
        Arquivo|Arquivados|Arquivo Morto
        Archief|Gearchiveerd
        Arkiv|Arkiverade
        Arkisto
        Archiwum|Zarchiwizowane
        Archivovat
        Archívum
        Arhivă|Arhiva
        Архив
        Архів
        Arşiv
        Αρχειοθήκη|Αρχείο
        الأرشيف|أرشيف
        ארכיון
        归档|存档|封存|封存資料夾
        アーカイブ
        보관함|보관
    """,
    "junk": """
        Junk|Spam|Junk E-mail|Junk Email|Junk Mail|Bulk Mail|Bulk|Spambox|Spamverdacht
        Unerwünscht|Junk-E-Mail|Unerwünschte Werbung
        Courrier indésirable|Indésirables|Indésirable|Pourriel|Pourriels
        Correo no deseado|No deseado|Correo basura|Correu brossa
        Posta indesiderata|Indesiderata
        Lixo Eletrônico|Lixo eletrónico|E-mail de lixo eletrônico|Correio não solicitado
        Ongewenste e-mail|Ongewenst|Ongewenste mail
        Skräppost|Skräp
        Uønsket post|Uønsket mail|Uønsket e-post|Søppelpost
        Roskaposti
        Wiadomości-śmieci|Wiadomości śmieci|Niechciane
        Nevyžádaná pošta|Nevyžádané
        Levélszemét|Kéretlen
        E-mail nedorit|Nedorite|Mesaje nedorite
        Спам|Нежелательная почта
        Небажана пошта|Небажана
        Gereksiz|Önemsiz|Gereksiz E-posta|Önemsiz Posta|İstenmeyen
        Ανεπιθύμητα|Ανεπιθύμητη αλληλογραφία
        البريد العشوائي|البريد غير الهام|البريد غير المرغوب|رسائل غير مرغوب فيها
        דואר זבל|ספאם
        垃圾邮件|垃圾郵件|垃圾箱|广告邮件
        迷惑メール
        정크 메일|스팸함|스팸|스팸메일함|정크
    """,
    "trash": """
        Trash|Deleted Items|Deleted Messages|Deleted|Bin|Wastebasket|Deleted Mail
        Papierkorb|Gelöschte Objekte|Gelöschte Elemente|Gelöscht|Gelöschte Nachrichten
        Corbeille|Éléments supprimés|Messages supprimés|Supprimés|Poubelle
        Papelera|Elementos eliminados|Eliminados|Papelera de reciclaje|Paperera
        Cestino|Posta eliminata|Elementi eliminati|Eliminati
        Lixeira|Lixo|Itens eliminados|Itens excluídos|Itens Apagados|Excluídas|Reciclagem
        Prullenbak|Verwijderde items|Verwijderd|Prullenmand
        Papperskorgen|Borttagna objekt|Borttaget|Papperskorg
        Slettet post|Slettede elementer|Papirkurv|Slettet|Papirkurven|Slettede|Søppel
        Roskakori|Poistetut|Poistetut viestit
        Kosz|Elementy usunięte|Usunięte
        Koš|Odstraněná pošta|Smazané|Odstraněné
        Lomtár|Törölt elemek|Kuka|Törölt
        Coș de gunoi|Gunoi|Elemente șterse|Șterse|Coș
        Корзина|Удаленные|Удалённые|Удаленные элементы|Удалённые элементы
        Кошик|Видалені|Видалене|Смітник
        Çöp Kutusu|Çöp|Silinmiş Öğeler|Silinmiş|Silinenler
        Κάδος απορριμμάτων|Κάδος|Διαγραμμένα|Απορρίμματα|Διεγραμμένα
        سلة المهملات|العناصر المحذوفة|المهملات|المحذوفات
        אשפה|פריטים שנמחקו|פח אשפה
        已删除邮件|已删除|废件箱|回收站|已刪除的郵件|刪除的郵件|垃圾桶|資源回收筒|已刪除
        ゴミ箱|ごみ箱|削除済みアイテム|削除済み
        휴지통|지운 편지함|삭제된 항목|지운편지함
    """,
    "all": """
        All Mail|Alle Nachrichten|Tous les messages|Todos|Tutti i messaggi|Todos os e-mails|Alle e-mail
    """,
    "flagged": """
        Starred|Flagged|Markiert|Suivis|Destacados|Speciali|Com estrela|Met ster
    """,
    "important": """
        Important|Wichtig|Importants|Importantes|Importanti|Belangrijk
    """,
}


def _ranks() -> dict[str, tuple[str, int]]:
    ranks: dict[str, tuple[str, int]] = {}
    for role, block in FOLDER_NAMES.items():
        names = [name.strip() for line in block.splitlines() for name in line.split("|")]
        for rank, name in enumerate(filter(None, names)):
            ranks.setdefault(name.casefold(), (role, rank))
    return ranks


_RANKS = _ranks()


def role_of_name(name: str) -> tuple[str, int] | None:
    """The role people give a folder of this name, and how usual the name is for it (0 is the most usual).

    :param str name: decoded leaf name.
    """
    return _RANKS.get(" ".join(name.split()).casefold())
